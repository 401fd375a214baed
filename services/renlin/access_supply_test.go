package main

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
)

// meals is an amount of what stocks and arrivals are of.
func meals(n int64) *aidv1.Capacity {
	return &aidv1.Capacity{Category: "food", Unit: "meal", Quantity: n}
}

// supplies makes a sensor in eve's home that has sent a signal, a stock of the committee's, and arrivals.
func (w *accessWorld) supplies() {
	w.Helper()
	w.by("worker", "aid.enrol_sensor", &aidv1.EnrolSensor{Beneficiary: fileOf("eve"), Key: forge.Public("sensor")})
	w.by("worker", "aid.arrange_check_in", aidMorning(fileOf("eve")))
	w.aid.supply["alert"] = w.by("sensor", "aid.send_signal", aidSignal()).ID.NewAggregate()
	w.aid.supply["stock"] = w.by("worker", "aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}).ID.NewAggregate()
	depot := func(member string) string {
		c := w.by("offA", "matching.register_provider", accessProvider(committee, member))
		return strings.TrimPrefix(c.Changes[0].Aggregate, "provider/")
	}
	w.aid.supply["depot"] = depot("target")
	w.aid.supply["offered"] = w.by("worker", "aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}).ID.NewAggregate()
	w.by("worker", "aid.offer_stock", &aidv1.OfferStock{Stock: w.aid.supply["offered"], Provider: depot("abe"), Skill: "meal"})
	for who, n := range map[string]int64{"offA": 18, "offB": 30} { // any order; what nobody is named for goes to the owners, who have most
		w.by(who, "aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{meals(n)}})
	}
	announce := func(receiver string) string {
		return w.by("offB", "aid.announce_arrival", &aidv1.AnnounceArrival{
			Load: meals(9), Due: w.Now + 1_000_000_000, Receiver: receiver,
		}).ID.NewAggregate()
	}
	w.aid.supply["receive"], w.aid.supply["name"] = announce(committee), announce("")
}

func aidSignal() *aidv1.SendSignal {
	return &aidv1.SendSignal{Kind: aidv1.SignalKind_SIGNAL_KIND_FALL, Level: aidv1.SignalLevel_SIGNAL_LEVEL_ALARM}
}

// aidMorning has a word of somebody's waited for each morning.
func aidMorning(file string) *aidv1.ArrangeCheckIn {
	return &aidv1.ArrangeCheckIn{Beneficiary: file, FromMinutes: 6 * 60, ByMinutes: 9 * 60}
}

// aidCheckInRows are what is done about such words, by those who speak for somebody, and by eve's worker.
func aidCheckInRows() map[string]cell {
	spoken := func(body func(file string) proto.Message) cell {
		return func(_ *accessWorld, who string) deed { return deed{body: body(fileOf(who))} }
	}
	arrange := func(file string) proto.Message { return aidMorning(file) }
	end := func(file string) proto.Message { return &aidv1.EndCheckIn{Beneficiary: file} }
	say := func(file string) proto.Message { return &aidv1.SayWell{Beneficiary: file} }
	return map[string]cell{
		"aid.arrange_check_in: as proxy": spoken(arrange), "aid.arrange_check_in: the worker's": fixed(arrange(fileOf("eve"))),
		"aid.end_check_in: as proxy": spoken(end), "aid.end_check_in: the worker's": fixed(end(fileOf("eve"))),
		"aid.say_well: as proxy": spoken(say), "aid.say_well: the worker's": fixed(say(fileOf("eve"))),
		"aid.send_well: by one's own": fixed(&aidv1.SendWell{}),
		"aid.send_well: by the sensor": func(*accessWorld, string) deed {
			return deed{body: &aidv1.SendWell{}, credential: forge.Key("sensor")}
		},
	}
}

func aidSupplyRows() map[string]cell {
	raise := func(file string) proto.Message {
		return &aidv1.RaiseAlert{
			Beneficiary: file, Kind: aidv1.SignalKind_SIGNAL_KIND_STILL, Level: aidv1.SignalLevel_SIGNAL_LEVEL_WARNING, Text: accessText("still"),
		}
	}
	enrol := func(file string) proto.Message {
		return &aidv1.EnrolSensor{Beneficiary: file, Key: forge.Public("another sensor")}
	}
	at := func(what string, body func(id string) proto.Message) cell {
		return plain(func(w *accessWorld) proto.Message { return body(w.aid.supply[what]) })
	}
	return map[string]cell{
		"aid.enrol_sensor: as proxy":      func(_ *accessWorld, who string) deed { return deed{body: enrol(fileOf(who))} },
		"aid.enrol_sensor: the worker's":  fixed(enrol(fileOf("eve"))),
		"aid.revoke_sensor: the worker's": fixed(&aidv1.RevokeSensor{Sensor: chain.KeyID(forge.Public("sensor"))}),
		"aid.send_signal: by one's own":   fixed(aidSignal()),
		"aid.send_signal: by the sensor": func(*accessWorld, string) deed {
			return deed{body: aidSignal(), credential: forge.Key("sensor")}
		},
		"aid.raise_alert: as proxy":  func(_ *accessWorld, who string) deed { return deed{body: raise(fileOf(who))} },
		"aid.raise_alert: another's": fixed(raise(fileOf("eve"))),
		"aid.triage": at("alert", func(id string) proto.Message {
			return &aidv1.TriageAlert{Alert: id, Outcome: aidv1.TriageOutcome_TRIAGE_OUTCOME_REACHED, Text: accessText("well")}
		}),
		"aid.open_stock": fixed(&aidv1.OpenStock{Category: "food", Unit: "meal"}),
		"aid.move_stock": at("stock", func(id string) proto.Message {
			return &aidv1.MoveStock{Stock: id, Move: aidv1.StockMove_STOCK_MOVE_RECEIVE, Quantity: 1}
		}),
		"aid.count_stock": at("stock", func(id string) proto.Message {
			return &aidv1.CountStock{Stock: id, Quantity: 1, Evidence: accessText("list")}
		}),
		"aid.offer_stock": plain(func(w *accessWorld) proto.Message {
			return &aidv1.OfferStock{Stock: w.aid.supply["stock"], Provider: w.aid.supply["depot"], Skill: "meal"}
		}),
		"aid.withhold_stock":   at("offered", func(id string) proto.Message { return &aidv1.WithholdStock{Stock: id} }),
		"aid.declare_capacity": fixed(&aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{meals(1)}}),
		"aid.announce_arrival": plain(func(w *accessWorld) proto.Message {
			return &aidv1.AnnounceArrival{Load: meals(1), Due: w.Now + 1000}
		}),
		"aid.name_receiver": at("name", func(id string) proto.Message { return &aidv1.NameReceiver{Arrival: id, Org: committee} }),
		"aid.receive_arrival": at("receive", func(id string) proto.Message {
			return &aidv1.ReceiveArrival{Arrival: id, Quantity: 9, Evidence: accessText("note")}
		}),
	}
}
