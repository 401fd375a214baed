package openapi

import (
	"strconv"

	"renlin.dev/pkg/op"
)

const (
	patternKey       = `^([0-9a-f]{32,64}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[a-z2-7]{26})$`
	patternNotAfter  = `^[1-9][0-9]{0,18}$`
	patternSignature = `^[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{86}([ \t]*,[ \t]*[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{86}){0,3}$`
)

// parameter describes one parameter.
func parameter(p Param) object {
	schema := object{"type": "string"}
	switch {
	case p.Number:
		schema = object{"type": "integer", "minimum": 0}
	case len(p.Values) > 0:
		schema["enum"] = p.Values
	case p.Pattern != "":
		schema["pattern"] = p.Pattern
	}
	out := object{"name": p.Name, "in": p.In, "description": p.English, "schema": schema}
	if p.Chinese != "" {
		out["x-description-zh"] = p.Chinese
	}
	if p.Required {
		out["required"] = true
	}
	return out
}

// variables describes the variables of a path; those that nobody describes are opaque ids.
func (d *document) variables(path string, said []Param) []any {
	out := []any{}
	for _, name := range variables(path) {
		p := Param{Name: name, In: "path", Required: true, Pattern: patternID, Words: Words{English: "An opaque id.", Chinese: "不透明编号。"}}
		for _, s := range said {
			if s.In == "path" && s.Name == name {
				p = s
			}
		}
		if name == "community" {
			out = append(out, ref("parameters", name))
			continue
		}
		out = append(out, parameter(p))
	}
	return out
}

func header(name string, required bool, pattern string, words Words) object {
	return parameter(Param{Name: name, In: "header", Required: required, Pattern: pattern, Words: words})
}

var (
	wordsKey = Words{
		English: "Random, new for each command and the same whenever that command is sent again: " +
			"a UUID, 32 to 64 hexadecimal digits, or an opaque id.",
		Chinese: "随机值：每个新命令使用新值，重发同一命令时不变。可为 UUID、32 至 64 位十六进制数或不透明编号。",
	}
	wordsNotAfter = Words{
		English: "When the command stops being acceptable, in milliseconds since the Unix epoch: " +
			"at most seven days ahead, of a sign-in ten minutes.",
		Chinese: "命令失效的时间，自 Unix 纪元起的毫秒数：最多提前七天，登录最多十分钟。",
	}
	wordsSignature = Words{
		English: "Public key and signature, each base64url without padding, joined by a dot. " +
			"The author's first; a cosigner's in a further header, or after a comma.",
		Chinese: "公钥和签名，均为不带填充的 base64url，以点相连。作者在前，联署者另起一个标头或以逗号隔开。",
	}
)

// parameters are those that many routes share.
func parameters() object {
	return object{
		"community": parameter(Param{
			Name: "community", In: "path", Required: true, Pattern: patternID, Words: Words{English: "The community.", Chinese: "社区。"},
		}),
		op.HeaderIdempotencyKey: header(op.HeaderIdempotencyKey, true, patternKey, wordsKey),
		op.HeaderNotAfter:       header(op.HeaderNotAfter, true, patternNotAfter, wordsNotAfter),
		op.HeaderSignature:      header(op.HeaderSignature, false, patternSignature, wordsSignature),
		"If-Match": header("If-Match", false, `^"[1-9][0-9]*"$`, Words{
			English: "The version that the signed body expects, in quotation marks: the ETag of the record. It must be the same number.",
			Chinese: "签名正文所预期的版本，加引号，即该记录的 ETag，数值必须一致。",
		}),
		"Accept-Language": header("Accept-Language", false, "", Words{
			English: "Problems come in English or Chinese, Chinese where neither is asked for.", Chinese: "问题说明有中文和英文，未指定时为中文。",
		}),
	}
}

// contract gives a reference to the header that names the version of an operation's contract.
func (d *document) contract(version uint16) object {
	value := strconv.Itoa(int(version))
	name := op.HeaderContract + "." + value
	d.params[name] = parameter(Param{Name: op.HeaderContract, In: "header", Values: []string{value}, Words: Words{
		English: "The version of the operation's contract that was signed.", Chinese: "所签操作约定的版本。",
	}})
	return ref("parameters", name)
}

// optionalKey is the key of a request that needs one only when it is signed.
func optionalKey() object { return header(op.HeaderIdempotencyKey, false, patternKey, wordsKey) }

// signingHeaders are those of a route that is signed like a command.
func signingHeaders(s Signing) []any {
	signature := header(op.HeaderSignature, !s.Optional, patternSignature, wordsSignature)
	if s.Founding {
		return []any{signature}
	}
	return []any{header(op.HeaderNotAfter, !s.Optional, patternNotAfter, wordsNotAfter), signature}
}

// headers are those of problems.
func headers() object {
	one := func(schema object, english, chinese string) object {
		return object{"description": english, "x-description-zh": chinese, "required": true, "schema": schema}
	}
	limit := func(english, chinese string) object { // nobody is counted at the machine itself where development is on
		return object{"description": english, "x-description-zh": chinese, "schema": object{"type": "string"}}
	}
	return object{
		"Content-Language": one(object{"type": "string", "enum": []string{"en", "zh"}}, "The language of title and detail.", "说明文字的语言。"),
		"Vary":             one(object{"type": "string", "const": "Accept-Language"}, "What the answer depends on.", "响应取决于该标头。"),
		"RateLimit-Policy": limit("The caller's bucket: its name, what it holds (q) and in how many seconds that comes back (w).",
			"调用者的配额：名称、容量（q）和恢复所需秒数（w）。"),
		"RateLimit": limit("What is left in the bucket (r), and the seconds until more is (t).", "剩余次数（r）和恢复所需秒数（t）。"),
		"Retry-After": one(object{"type": "integer", "minimum": 1},
			"Seconds after which the same request may be sent again.", "可再次发送同一请求前的秒数。"),
	}
}

// securityOf says what a route asks of who asks.
func securityOf(r Route) []any {
	session, operator := object{"session": []string{}}, object{"operator": []string{}}
	switch r.Access {
	case Members:
		return []any{session, operator}
	case Readers:
		return []any{object{}, session, operator}
	case Own, Self, Officers, Involved, Workers, Examiners:
		return []any{session}
	case Signed:
		return []any{object{"device": []string{}}}
	case Founders:
		return []any{operator, object{}}
	case Signers:
		return []any{object{"device": []string{}}, object{}}
	}
	return []any{}
}

// schemes are the ways to say who asks.
func schemes() object {
	return object{
		"session": object{"type": "http", "scheme": "bearer", "description": "The token of a session, see gateway.sign_in. " +
			"It lasts twelve hours, and ends with the membership, with the device that opened it, and when the gateway is restarted. " +
			"A command without a signature is signed by the gateway for a member whose key it hosts.",
			"x-description-zh": "登录所得的令牌，见 gateway.sign_in。有效期十二小时。未签名的命令由网关为托管密钥的成员代签。"},
		"operator": object{"type": "http", "scheme": "bearer", "description": "The operator's token. It reads, and founds; it does nothing else.",
			"x-description-zh": "运维方令牌，仅可读取和创建社区。"},
		"device": object{"type": "apiKey", "in": "header", "name": op.HeaderSignature, "description": signing,
			"x-description-zh": signingChinese},
	}
}
