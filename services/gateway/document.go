package gateway

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
)

// openedText is what vault.read answers beside its receipt.
type openedText struct {
	Box []byte `json:"box"` // docs/format.md section 10
}

// tags say what each service is for.
var tags = map[string]openapi.Words{
	"community": {English: "Members, organisations, roles, devices, units and the rulebook.", Chinese: "成员、组织、角色、设备、专有部分和规约。"},
	"proposal":  {English: "Topics, deliberations and motions.", Chinese: "议题、协商会议和方案。"},
	"voting":    {English: "Polls and ballots.", Chinese: "表决和选票。"},
	"matching":  {English: "Needs, providers, plans and assignments.", Chinese: "需求、服务提供方、方案和派单。"},
	"vault":     {English: "Sealed texts: reading and erasing them.", Chinese: "封存的文本：读取与删除。"},
	"ledger":    {English: "Accounts, transfers, budgets, credits, dividends and what the community owns.", Chinese: "账户、转账、预算、积分、红利和三资。"},
	"aid":       {English: "Help to people in need: files, cases, work orders, visits.", Chinese: "困难帮扶：档案、个案、工单与走访。"},
	"gateway":   {English: "Sessions, records, the public log, and this document.", Chinese: "登录、记录、公开日志和本文档。"},
}

// Packages below this prefix make the faults.
const (
	ours    = "renlin.dev/pkg/"
	service = "renlin.dev/services/"
)

// always are what may come of every route.
var always = []*fault.Fault{fault.ErrInternal, fault.ErrTimeout, fault.ErrUnavailable, fault.ErrBusy, ErrRate}

// madeIn are the faults that packages make, those of a service's cores with it.
func madeIn(packages ...string) (out []*fault.Fault) {
	for _, m := range fault.All() {
		name, _, _ := strings.Cut(m.Package, "/internal/")
		if slices.Contains(packages, m.Package) || slices.Contains(packages, name) && strings.HasPrefix(name, service) {
			out = append(out, m.Fault)
		}
	}
	return out
}

// operationFaults are what the operations of a service may be refused with.
func operationFaults(name string) []*fault.Fault {
	return append(madeIn(
		ours+"fault", ours+"op", ours+"chain", ours+"chain/order", ours+"decider", ours+"delivery", ours+"standing", ours+"host", ours+"seal",
		service+name,
	), ErrExpired, ErrUnsigned)
}

// foundingFaults are what a founding may be refused with: as a command, and by who founds.
func foundingFaults() []*fault.Fault {
	return append(operationFaults("community"), append(madeIn(service+"renlin/internal/process"), ErrFounding)...)
}

// readingFaults are what a reading of the record may be refused with.
func readingFaults() []*fault.Fault {
	return append(madeIn(ours+"projection", ours+"host", ours+"chain/order"), op.ErrAnswerSize, fault.ErrMalformed)
}

// logFaults are what a reading of the log may be refused with.
func logFaults() []*fault.Fault {
	foundings := func(f *fault.Fault) bool { return f.Kind != fault.Unavailable } // the notary's come that way too
	return append(slices.DeleteFunc(madeIn(service+"renlin/internal/process"), foundings),
		append(madeIn(service+"audit"), op.ErrAnswerSize, fault.ErrMalformed)...)
}

// document writes what the API document says of this gateway.
func (g *Gateway) document() ([]byte, error) {
	c := openapi.Config{
		Title: "Renlin 韧邻",
		Words: openapi.Words{
			English: "Everything that can be asked of Renlin, by its HTTP interface. Commands are signed by a member's device and answered with a " +
				"receipt; what is read is folded from the record. In a command's JSON 64-bit numbers are texts, bytes are base64, enums are " +
				"names, and what is left out is zero or empty. In a record, 64-bit numbers and enums are numbers. Every refusal is a problem of " +
				"RFC 9457 with a code, in English or Chinese.\n\nOf an operation x-access says who may ask (a role, or a word that " +
				"docs/ACCESS.md explains case by case), x-signed-as the name that is signed, x-bytes-max how long its body may be. What is " +
				"required by a rule and not by form is not called required here; the refusal tells.",
			Chinese: "通过 HTTP 接口可向韧邻提出的全部请求。命令由成员的设备签名，以回执作答；读取的内容由记录折叠而成。" +
				"命令的 JSON 中，64 位整数为文本，字节为 base64，枚举为名称，省略的字段为零或空；记录中，64 位整数和枚举均为数字。" +
				"凡被拒绝，均以 RFC 9457 问题作答，附代码和中文或英文说明。\n\n各操作的 x-access 说明何人可用（角色，或 docs/ACCESS.md 中逐项解释的词），" +
				"x-signed-as 为被签的操作名，x-bytes-max 为正文长度上限。由规则而非格式要求的字段不标为必填，缺少时以问题说明。",
		},
		Models: g.cfg.Models, Tags: tags, Readers: map[string]openapi.Access{}, Faults: map[string][]*fault.Fault{"": always},
		Extras:   map[string]any{"vault.read": openedText{}, "community.redeem_invite": boundAccount{}},
		Sessions: []*fault.Fault{ErrSession, ErrExpired, standing.ErrRole, standing.ErrNotActive, standing.ErrKeyUnknown, standing.ErrKeyRevoked},
	}
	for kind, who := range readers {
		c.Readers[kind] = accessOf[who]
	}
	for _, m := range g.cfg.Models {
		c.Faults[m.Service] = operationFaults(m.Service)
		if m.Service == "voting" { // what trustees say and what a secret ballot proves is judged below the service
			below := madeIn(ours+"secretballot", ours+"secretballot/trustee", ours+"secretballot/internal/group")
			c.Faults[m.Service] = append(c.Faults[m.Service], below...)
		}
		if m.Service == "community" { // what redeeming a code comes to here
			c.Faults[m.Service] = append(c.Faults[m.Service],
				ErrTicket, ErrLockedOut, ErrBindingTaken, ErrBindingsMany, ErrBindingsFull, ErrBindingErased)
		}
	}
	for _, r := range g.rows() {
		for _, said := range r.says {
			var path string
			said.Method, path, _ = strings.Cut(r.pattern, " ")
			if said.Path == "" {
				said.Path = path
			}
			c.Routes = append(c.Routes, said)
		}
	}
	return openapi.Build(c)
}

// accessOf says in the document's words who may read.
var accessOf = map[reader]openapi.Access{
	anyone: openapi.Anyone, members: openapi.Members, officers: openapi.Officers, involved: openapi.Involved,
	workers: openapi.Workers, watchers: openapi.Workers, examiners: openapi.Examiners, served: openapi.Involved, judged: openapi.Involved,
}

// readable are the kinds that somebody may read, ascending.
func readable() []string { return slices.Sorted(maps.Keys(readers)) }

// openAPI serves the document, whole or, to who has it already, by its tag alone.
func (g *Gateway) openAPI(w http.ResponseWriter, r *http.Request) {
	raw, err := g.described()
	if err != nil {
		op.WriteFault(w, r, fault.ErrInternal.Because(err))
		return
	}
	w.Header().Set("Cache-Control", cachePublic)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeFresh(w, r, tagOf(raw), raw)
}
