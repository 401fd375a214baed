package decider_test

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"renlin.dev/pkg/decider"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
)

// classed makes a message type with one string or bytes field of a class, by itself, in a list, and inside another message.
func classed(t *testing.T, class fieldv1.Class, size uint32, binary bool) protoreflect.MessageDescriptor {
	t.Helper()
	options := func() *descriptorpb.FieldOptions {
		o := &descriptorpb.FieldOptions{}
		proto.SetExtension(o, fieldv1.E_Class, class)
		proto.SetExtension(o, fieldv1.E_Size, size)
		return o
	}
	kind := descriptorpb.FieldDescriptorProto_TYPE_STRING
	if binary {
		kind = descriptorpb.FieldDescriptorProto_TYPE_BYTES
	}
	field := func(name string, number int32, label descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: &name, Number: &number, Label: &label, Type: &kind, Options: options(), JsonName: proto.String(name),
		}
	}
	one, many := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	pkg := "t" + strings.ToLower(class.String()) // plans are kept by the message's full name
	inner := field("below", 3, one)
	inner.Type, inner.TypeName, inner.Options = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), proto.String("."+pkg+".M"), nil
	rest := field("rest", 4, many)
	rest.Type, rest.TypeName, rest.Options = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), proto.String("."+pkg+".M"), nil
	name := pkg + ".proto"
	file := &descriptorpb.FileDescriptorProto{
		Name: &name, Package: proto.String(pkg), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{
			Name:  proto.String("M"),
			Field: []*descriptorpb.FieldDescriptorProto{field("one", 1, one), field("many", 2, many), inner, rest},
		}},
	}
	fd, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return fd.Messages().Get(0)
}

func TestFieldsAreHeldToTheirClass(t *testing.T) {
	t.Parallel()
	id, hex := strings.Repeat("a2", 13), strings.Repeat("0f", 32)
	for _, c := range []struct {
		class  fieldv1.Class
		size   uint32
		binary bool
		good   []string
		bad    []string
	}{
		{fieldv1.Class_CLASS_ID, 0, false, []string{id}, []string{id[1:], id + "a", strings.ToUpper(id), id[:25] + "1", id[:25] + "明"}},
		{fieldv1.Class_CLASS_CODE, 0, false, []string{"lift", "a-b"},
			[]string{"-a", "Lift", "a1", "13800138000", strings.Repeat("a", 33), "a b", "楼"}},
		{fieldv1.Class_CLASS_REF, 0, false, []string{hex}, []string{hex[1:], strings.ToUpper(hex), hex[:63] + "g", hex + "0"}},
		{fieldv1.Class_CLASS_DIGEST, 4, true, []string{"\x00\x01\x02\xff"}, []string{"abc", "abcde"}},
		{fieldv1.Class_CLASS_SEALED, 4, true, []string{"a", "abcd"}, []string{"abcde"}},
		{fieldv1.Class_CLASS_PUBLISHED, 6, false, []string{"a", "电梯"}, []string{"电梯!"}},
		{fieldv1.Class_CLASS_AGGREGATE, 0, false, []string{"topic/x", "topic/x/second/y"},
			[]string{"topic", "topic/", "Topic/x", "topic/x/second"}},
		{fieldv1.Class_CLASS_UNSPECIFIED, 0, false, nil, []string{"a"}},
	} {
		d := classed(t, c.class, c.size, c.binary)
		check := func(text string, good bool) {
			value := protoreflect.ValueOfString(text)
			if c.binary {
				value = protoreflect.ValueOfBytes([]byte(text))
			}
			for where, m := range places(d, value) {
				err := decider.CheckFields(m.Interface())
				if good != (err == nil) || err != nil && !errors.Is(err, decider.ErrField) {
					t.Errorf("%s, %s: %d bytes give %v", c.class, where, len(text), err)
				}
				if err != nil && len(text) > 3 && strings.Contains(err.Error(), text) {
					t.Errorf("%s: the error repeats what was sent", c.class)
				}
			}
		}
		for _, text := range c.good {
			check(text, true)
		}
		for _, text := range c.bad {
			check(text, false)
		}
		if err := decider.CheckFields(dynamicpb.NewMessage(d)); err != nil {
			t.Errorf("%s: empty fields give %v", c.class, err)
		}
	}
}

// places puts a value everywhere that a message has room for it.
func places(d protoreflect.MessageDescriptor, v protoreflect.Value) map[string]protoreflect.Message {
	field := func(name protoreflect.Name) protoreflect.FieldDescriptor { return d.Fields().ByName(name) }
	one := dynamicpb.NewMessage(d)
	one.Set(field("one"), v)
	many := dynamicpb.NewMessage(d)
	many.Mutable(field("many")).List().Append(v)
	below := dynamicpb.NewMessage(d)
	below.Set(field("below"), protoreflect.ValueOfMessage(one))
	rest := dynamicpb.NewMessage(d)
	rest.Mutable(field("rest")).List().Append(protoreflect.ValueOfMessage(many))
	return map[string]protoreflect.Message{"alone": one, "in a list": many, "inside": below, "in a list of messages": rest}
}

func TestFieldWithoutClassIsAProgrammingError(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(){
		"no class": func() {
			model(decider.Op(decider.Operation{Name: "a.b"}, op[*wrapperspb.StringValue](
				func(*decider.View, *decider.Command, *wrapperspb.StringValue) ([]decider.Change, error) {
					return nil, nil
				})))
		},
		"a map": func() {
			model(decider.Op(decider.Operation{Name: "a.b"}, op[*structpb.Struct](
				func(*decider.View, *decider.Command, *structpb.Struct) ([]decider.Change, error) { return nil, nil })))
		},
	} {
		panicked := func() (yes bool) {
			defer func() { yes = recover() != nil }()
			build()
			return false
		}()
		if !panicked {
			t.Errorf("%s: no panic", name)
		}
	}
}
