package fault

// Kind says what a caller can do about a fault. Its name (Kind.String) is part of the wire form and its number is part of
// nothing: kinds may be reordered in the source, but a name, once released, keeps its meaning for ever.
type Kind uint8

// The kinds, each with its HTTP status. Two share 409, because HTTP has no finer word: Conflict goes away when the caller
// reads again and repeats, Refused does not.
const (
	// Internal: the service is wrong, not the caller; nothing about the cause is told outside. 500. It is the zero value, so
	// that a fault without a kind errs on the side of blaming ourselves.
	Internal Kind = iota
	// Invalid: the request can never be right as it stands: malformed, missing, out of range, badly signed. 400.
	Invalid
	// Unauthenticated: nobody knows who is asking. 401.
	Unauthenticated
	// Forbidden: it is known who asks, and they have no standing for this. 403.
	Forbidden
	// NotFound: there is no such thing, or the asker may not learn that there is. 404.
	NotFound
	// Conflict: what the decision rested on has moved; fold up to Index, decide again. 409.
	Conflict
	// Refused: the rules, judged on the present record, say no (a closed poll, a second that was already given). 409.
	Refused
	// Gone: it was here and was erased or taken down, which stands on the record. 410.
	Gone
	// Precondition: the version that the caller named (If-Match, expected version) is not the present one. 412.
	Precondition
	// TooLarge: the request, the commit or the block would pass a size limit. 413.
	TooLarge
	// Mismatch: two things in the request that must agree do not: path and body, or one idempotency key with two bodies. 422.
	Mismatch
	// TooMany: the caller is over their rate or a queue is full; later is better. 429.
	TooMany
	// Unavailable: the service cannot answer just now and has changed nothing, or does not know: repeat with the same key. 503.
	Unavailable
	// Timeout: no answer in time; whether it took effect is unknown: repeat with the same key. 504.
	Timeout
)

// kindRow is what is fixed about one kind.
type kindRow struct {
	name             string
	status           int
	titleEN, titleZH string
}

// kindTable is indexed by Kind and never changes at run time. The titles head an RFC 9457 problem; they are of the kind, the
// sentence of the fault itself stands below.
var kindTable = [...]kindRow{
	Internal:        {"internal", 500, "Internal error", "系统内部错误"},
	Invalid:         {"invalid", 400, "Invalid request", "请求有误"},
	Unauthenticated: {"unauthenticated", 401, "Not signed in", "尚未登录"},
	Forbidden:       {"forbidden", 403, "Not allowed", "没有权限"},
	NotFound:        {"not_found", 404, "Not found", "未找到"},
	Conflict:        {"conflict", 409, "Changed meanwhile", "期间已有变化"},
	Refused:         {"refused", 409, "Refused by the rules", "规则不允许"},
	Gone:            {"gone", 410, "No longer there", "已不存在"},
	Precondition:    {"precondition", 412, "Version differs", "版本不符"},
	TooLarge:        {"too_large", 413, "Too large", "内容过大"},
	Mismatch:        {"mismatch", 422, "Does not match", "内容不一致"},
	TooMany:         {"too_many", 429, "Too many requests", "请求过多"},
	Unavailable:     {"unavailable", 503, "Not available now", "暂时不可用"},
	Timeout:         {"timeout", 504, "No answer in time", "等待超时"},
}

// row answers Internal's row for a number that is no kind, which only a programming error can produce.
func (k Kind) row() kindRow {
	if int(k) >= len(kindTable) {
		return kindTable[Internal]
	}
	return kindTable[k]
}

// String answers the name that travels, such as "too_many".
func (k Kind) String() string { return k.row().name }

// Status answers the HTTP status code of the kind.
func (k Kind) Status() int { return k.row().status }

// Title answers the kind's heading in lang, which is "en" or "zh".
func (k Kind) Title(lang string) string {
	if lang == "zh" {
		return k.row().titleZH
	}
	return k.row().titleEN
}

// ParseKind is the inverse of String; ok is false for a name that no kind has.
func ParseKind(name string) (k Kind, ok bool) {
	for i, row := range kindTable {
		if row.name == name {
			return Kind(i), true
		}
	}
	return Internal, false
}

// KindOfStatus is for an answer whose body was lost or came from a proxy. 409 is read as Conflict, which at worst costs one
// useless repeat; another status of the 400s is Invalid, and everything else that is not listed is Internal.
func KindOfStatus(status int) Kind {
	for i, row := range kindTable {
		if row.status == status {
			return Kind(i)
		}
	}
	switch {
	case status == 408:
		return Timeout
	case status == 502:
		return Unavailable
	case status >= 400 && status < 500:
		return Invalid
	}
	return Internal
}

// Temporary tells whether the same request, with the same idempotency key, may succeed later without anybody changing it.
func (k Kind) Temporary() bool {
	return k == Conflict || k == TooMany || k == Unavailable || k == Timeout
}
