package device

import (
	"bytes"
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/fault"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
)

// ErrMessage: nothing that a device can say.
var ErrMessage = fault.New(fault.Invalid, "signal.message",
	"Please send an object with a kind and, but for well, a level, as docs/formats.md tells.",
	"消息须为含 kind 的 JSON 对象；除报平安外还须有 level，格式见 docs/formats.md。")

// kinds and levels are a device's words.
var (
	kinds = map[string]aidv1.SignalKind{
		"help": aidv1.SignalKind_SIGNAL_KIND_HELP, "fall": aidv1.SignalKind_SIGNAL_KIND_FALL, "smoke": aidv1.SignalKind_SIGNAL_KIND_SMOKE,
		"gas": aidv1.SignalKind_SIGNAL_KIND_GAS, "leak": aidv1.SignalKind_SIGNAL_KIND_LEAK, "still": aidv1.SignalKind_SIGNAL_KIND_STILL,
		"door": aidv1.SignalKind_SIGNAL_KIND_DOOR, "temperature": aidv1.SignalKind_SIGNAL_KIND_TEMPERATURE,
	}
	levels = map[string]aidv1.SignalLevel{
		"warning": aidv1.SignalLevel_SIGNAL_LEVEL_WARNING, "alarm": aidv1.SignalLevel_SIGNAL_LEVEL_ALARM,
	}
)

// MessageBytesMax bounds what a device says.
const MessageBytesMax = 1 << 10

// well is the kind of the word that is waited for each day.
const well = "well"

// Said is a message as a command: its operation, its body, whether it is an alarm, and for how many milliseconds it may be recorded.
type Said struct {
	Operation string
	Body      proto.Message
	Alarm     bool
	Holds     int64
}

// Alarms tells whether a message is an alarm.
func Alarms(payload []byte) bool {
	said, err := Read(payload)
	return err == nil && said.Alarm
}

// Read takes a message for a command. What is not wholly understood is refused: half an alarm helps nobody.
func Read(payload []byte) (*Said, error) {
	var m struct {
		Kind  string `json:"kind"`
		Level string `json:"level"`
	}
	if len(payload) > MessageBytesMax {
		return nil, ErrMessage
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, ErrMessage.Because(err)
	}
	if d.More() {
		return nil, ErrMessage
	}
	if m.Kind == well && m.Level == "" {
		return &Said{Operation: "aid.send_well", Body: &aidv1.SendWell{}, Holds: wellHolds}, nil
	}
	kind, level := kinds[m.Kind], levels[m.Level]
	if kind == 0 || level == 0 {
		return nil, ErrMessage
	}
	return &Said{
		Operation: "aid.send_signal", Body: &aidv1.SendSignal{Kind: kind, Level: level}, Alarm: level == aidv1.SignalLevel_SIGNAL_LEVEL_ALARM,
		Holds: signalHolds,
	}, nil
}
