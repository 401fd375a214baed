// Package contracts tells in words what the messages, fields and enums of the contracts mean: what stands above them in the .proto files,
// which generated code does not keep. It is read from a descriptor set that `.ci/run contracts` holds against the files:
//
//	cd proto && buf build --exclude-imports -o contracts/contracts.binpb.gz
package contracts

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the descriptor set
	"fmt"
	"io"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

//go:embed contracts.binpb.gz
var set []byte

var comments = sync.OnceValues(func() (map[protoreflect.FullName]string, error) { return read(set) })

// Comments gives the words above each message, field, enum and enum value that has some, by full name. Nobody writes to it.
func Comments() (map[protoreflect.FullName]string, error) { return comments() }

// unpack opens a descriptor set, which is packed for being longer than a file of this tree may be.
func unpack(packed []byte) (*descriptorpb.FileDescriptorSet, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack contracts: %w", err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack contracts: %w", err)
	}
	all := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(raw, all); err != nil {
		return nil, fmt.Errorf("read contracts: %w", err)
	}
	return all, nil
}

// read takes a descriptor set apart. What its files import need not be in it.
func read(packed []byte) (map[protoreflect.FullName]string, error) {
	all, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	files, err := protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(all)
	if err != nil {
		return nil, fmt.Errorf("read contracts: %w", err)
	}
	out := map[protoreflect.FullName]string{}
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool { // any order: each name has one place
		enums(out, f.Enums())
		messages(out, f.Messages())
		return true
	})
	return out, nil
}

func messages(out map[protoreflect.FullName]string, all protoreflect.MessageDescriptors) {
	for i := range all.Len() {
		m := all.Get(i)
		note(out, m)
		for j := range m.Fields().Len() {
			note(out, m.Fields().Get(j))
		}
		enums(out, m.Enums())
		messages(out, m.Messages())
	}
}

func enums(out map[protoreflect.FullName]string, all protoreflect.EnumDescriptors) {
	for i := range all.Len() {
		e := all.Get(i)
		note(out, e)
		for j := range e.Values().Len() {
			note(out, e.Values().Get(j))
		}
	}
}

// note keeps what stands above a declaration, as one line.
func note(out map[protoreflect.FullName]string, d protoreflect.Descriptor) {
	words := strings.Join(strings.Fields(d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments), " ")
	if words != "" {
		out[d.FullName()] = words
	}
}
