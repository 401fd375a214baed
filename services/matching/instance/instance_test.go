package instance_test

import (
	"errors"
	"strings"
	"testing"

	"renlin.dev/services/matching/instance"
)

const small = `{"provider":{"id":"kitchen","organisation":"co-op","capacity":2,"skills":["meals"],"cell":[0,0],"radius":2000}}
{"provider":{"id":"li","capacity":1,"skills":["meals","lifts"],"cell":[3,4],"radius":1000,"languages":["yue"],"windows":[[540,720]],` +
	`"reliability":950}}

{"need":{"id":"a","quantity":2,"skill":"meals","cell":[1,0],"priority":5}}
{"need":{"id":"b","skill":"meals","cell":[3,0],"window":[600,660],"language":"yue","priority":8,"waiting":2}}
`

func TestRead(t *testing.T) {
	in, err := instance.Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if needs, providers := in.Size(); needs != 2 || providers != 2 {
		t.Fatalf("%d needs, %d providers", needs, providers)
	}
	pl, err := in.Plan(instance.Rules{Backups: 1})
	if err != nil {
		t.Fatal(err)
	}
	// then a gets two meals a hundred metres away, b one from 400 m by somebody who breaks one promise of twenty and stands by for nobody;
	// the kitchen is full, so that nobody stands by
	want := instance.Totals{Objective: 2*130 + 520 + 100, StandbyObjective: 2*40_000 + 64_000, Served: 3, Bare: 3}
	if got := pl.Totals(); got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for name, c := range map[string]struct{ line, field string }{
		"no JSON":          {`{"need":`, ""},
		"no object":        {`[]`, ""},
		"neither":          {`{}`, ""},
		"both":             {`{"need":{},"provider":{}}`, ""},
		"more behind":      {`{"need":{"id":"c","skill":"meals","priority":1}} {}`, ""},
		"an unknown key":   {`{"need":{"id":"c","skill":"meals","priority":1,"name":"Wang"}}`, ""},
		"half a unit":      {`{"need":{"id":"c","skill":"meals","priority":1,"quantity":0.5}}`, ""},
		"out of bounds":    {`{"need":{"id":"c","skill":"meals","priority":12}}`, "priority"},
		"a need twice":     {`{"need":{"id":"a","skill":"meals","priority":1}}`, ""},
		"a provider twice": {`{"provider":{"id":"li"}}`, ""},
		"no radius":        {`{"provider":{"id":"x","radius":-1}}`, "radius"},
		"too long":         {`{"need":{"id":"` + strings.Repeat("x", instance.LineBytesMax) + `"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := instance.Read([]byte(small + c.line))
			if !errors.Is(err, instance.ErrLine) || !strings.Contains(err.Error(), "line=6") || !strings.Contains(err.Error(), c.field) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestReadEvents(t *testing.T) {
	const happened = `{"fail":{"provider":"kitchen"}}
{"restore":{"organisation":"co-op"}}
{"capacity":{"provider":"li","capacity":3}}
{"open":{"id":"c","skill":"lifts","cell":[3,3],"priority":3}}
{"wait":{"need":"c","waiting":1}}
{"close":{"need":"a"}}
`
	events, err := instance.ReadEvents([]byte(happened))
	if err != nil || len(events) != 6 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	in, err := instance.Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	pl, err := in.Plan(instance.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if _, err := pl.Apply(e, 0); err != nil {
			t.Fatal(err)
		}
	}
	// then c is served a hundred metres away, and b still by the one who speaks its language
	if got, want := pl.Totals(), (instance.Totals{Objective: 520 + 100 + 130 + 100, Served: 2}); got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for name, line := range map[string]string{
		"no event":      `{}`,
		"two":           `{"close":{"need":"a"},"fail":{"provider":"li"}}`,
		"unknown":       `{"explode":{}}`,
		"close nothing": `{"close":{}}`,
		"a bad need":    `{"open":{"id":"c"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := instance.ReadEvents([]byte(happened + line))
			if !errors.Is(err, instance.ErrLine) || !strings.Contains(err.Error(), "line=7") {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// FuzzRead: any bytes are read or refused; what was read can be planned, and events be played, without a panic, and what comes out is
// proved.
func FuzzRead(f *testing.F) {
	f.Add([]byte(small), []byte(`{"fail":{"provider":"kitchen"}}`))
	f.Add([]byte(`{"need":{"id":"a","skill":"x","priority":1}}`), []byte(`{"close":{"need":"a"}}`))
	f.Fuzz(func(t *testing.T, raw, happened []byte) {
		events, _ := instance.ReadEvents(happened)
		in, err := instance.Read(raw)
		if err != nil {
			return
		}
		pl, err := in.Plan(instance.Rules{Backups: 2, Seed: []byte("seed")})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			_, _ = pl.Apply(e, 0)
		}
		if err := pl.Check(); err != nil {
			t.Fatal(err)
		}
	})
}
