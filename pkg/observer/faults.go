package observer

import "renlin.dev/pkg/fault"

// Why nothing is made of the record. After the first four the observer has stopped until its process is started anew: what it was shown
// contradicts what it has seen, or the rules.
var (
	ErrForked = fault.New(fault.Internal, "record.forked",
		"The record is not the one that was seen before: its past has been rewritten.", "记录与先前所见不符：过去的内容已被改写。")
	ErrRewound = fault.New(fault.Internal, "record.rewound",
		"The record ends before what was seen of it: recorded facts have vanished.", "记录短于先前所见：已记录的内容消失了。")
	ErrUntrue = fault.New(fault.Internal, "record.untrue",
		"The record does not hold: a signature, a link or a decision in it is false.", "记录不成立：其中的签名、链接或裁决有误。")
	ErrAbstains = fault.New(fault.Internal, "record.unjudged",
		"The record goes on under rules that this program does not know; it must be renewed.", "记录所依据的规则超出本程序的版本，请升级程序。")

	ErrUnwitnessed = fault.New(fault.Unavailable, "record.unwitnessed",
		"The witnesses have not yet confirmed this part of the record.", "见证方尚未确认这部分记录。")
	ErrAhead = fault.New(fault.Unavailable, "record.ahead",
		"The record's time is ahead of this machine's clock; what rests on it waits until one of the two is right.",
		"记录的时间快于本机时钟；两者一致之前，相关事项暂缓。")
	ErrBehind = fault.New(fault.Unavailable, "record.not_followed",
		"The record has not been followed to its end yet; please try again soon.", "尚未跟进到记录末端，请稍后再试。")
)
