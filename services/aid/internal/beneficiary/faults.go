package beneficiary

import "renlin.dev/pkg/fault"

// Refusals about files of people in need.
var (
	// ErrUnknown: there is no such file.
	ErrUnknown = fault.New(fault.NotFound, "beneficiary.unknown", "There is no such file of a person in need.", "没有该帮扶对象档案。")
	// ErrExists: the id is taken.
	ErrExists = fault.New(fault.Refused, "beneficiary.exists", "A file with this id exists already.", "该编号的帮扶对象档案已存在。")
	// ErrIncomplete: something that is needed is empty.
	ErrIncomplete = fault.New(fault.Invalid, "beneficiary.incomplete", "A field that is needed is empty.", "缺少必填字段。")
	// ErrOneFile: the member has a file.
	ErrOneFile = fault.New(fault.Refused, "beneficiary.one_file",
		"This member has a file already; ask for help under that one.", "该成员已有帮扶档案，请使用原有档案。")
	// ErrForOther: neither one's own file nor a worker's to open.
	ErrForOther = fault.New(fault.Forbidden, "beneficiary.for_other",
		"A file is opened by the person, their helper, or a grid worker or officer with their own device.",
		"帮扶档案只能由本人、受托人，或使用本人设备的网格员、负责人建立。")
	// ErrMember: there is no such member.
	ErrMember = fault.New(fault.NotFound, "beneficiary.member_unknown", "There is no such member.", "没有该成员。")
	// ErrDedup: the code against double files comes from offices only.
	ErrDedup = fault.New(fault.Forbidden, "beneficiary.dedup_office",
		"The code by which double files are found is made by an office.", "查重码只能由工作人员提供。")
	// ErrNotTheirs: neither the person, nor who speaks for them, nor who works on their case.
	ErrNotTheirs = fault.New(fault.Forbidden, "beneficiary.not_concerned",
		"Only the person, their proxy, or who works on their case may do this.", "只有本人、其代理人或其个案工作人员可以这样做。")
	// ErrField: no part of a file.
	ErrField = fault.New(fault.Invalid, "beneficiary.field", "There is no such part of a file.", "档案没有该部分。")
	// ErrPurpose: no purpose that can be agreed to.
	ErrPurpose = fault.New(fault.Invalid, "consent.purpose", "There is no such purpose.", "没有该同意事项。")
	// ErrNoConsent: not agreed to.
	ErrNoConsent = fault.New(fault.Refused, "consent.missing",
		"The person has not agreed to this; ask them first.", "本人尚未同意此事项，请先征得同意。")
	// ErrConsented: agreed already.
	ErrConsented = fault.New(fault.Refused, "consent.given", "This has been agreed to already.", "该事项已经同意。")
	// ErrConsentEvidence: a worker's word needs what shows it.
	ErrConsentEvidence = fault.New(fault.Invalid, "consent.evidence_missing",
		"A consent that was told to a worker needs what shows it.", "由工作人员代记的同意须附证明材料。")
	// ErrProxy: nobody who can be a proxy.
	ErrProxy = fault.New(fault.Invalid, "proxy.unfit",
		"A proxy is an active member, not the person and nobody who works on their case.", "代理人须为有效成员，且不得是本人或其个案工作人员。")
	// ErrProxyTwo: two organisations for a person without a device.
	ErrProxyTwo = fault.New(fault.Forbidden, "proxy.two_orgs",
		"For somebody else a proxy is named by officers of two organisations.", "为他人指定代理人须由两个组织的负责人共同签名。")
	// ErrProxyOwn: the person can say it themselves.
	ErrProxyOwn = fault.New(fault.Forbidden, "proxy.own_word",
		"This person has a device and names their proxy themselves.", "此人持有本人设备，代理人须由本人指定。")
	// ErrMerged: the file is no longer used.
	ErrMerged = fault.New(fault.Refused, "beneficiary.merged",
		"This file was found to be another's double; use that one.", "该档案已被认定为重复档案，请使用另一份。")
	// ErrNotMerged: it is its own.
	ErrNotMerged = fault.New(fault.Refused, "beneficiary.not_merged", "This file is not merged with another.", "该档案没有与其他档案合并。")
	// ErrMergeSelf: one file is no two.
	ErrMergeSelf = fault.New(fault.Invalid, "beneficiary.merge_self", "Please name two different files.", "请指明两份不同的档案。")
	// ErrTwoOrgs: one officer is not enough.
	ErrTwoOrgs = fault.New(fault.Forbidden, "beneficiary.two_orgs",
		"Whether two files are one person's is said by officers of two organisations.", "认定两份档案是否为同一人须由两个组织的负责人共同签名。")
	// ErrErased: the key is destroyed.
	ErrErased = fault.New(fault.Gone, "beneficiary.erased", "This file was erased at the person's wish.", "该档案已按本人意愿删除。")
)
