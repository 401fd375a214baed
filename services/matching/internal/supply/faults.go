package supply

import "renlin.dev/pkg/fault"

// Refusals about needs.
var (
	// ErrSkill: the rulebook does not know it.
	ErrSkill = fault.New(fault.Invalid, "skill.unknown",
		"The community's rules do not list this kind of goods or service.", "社区规约未列出此类物资或服务。")
	// ErrCode: a language or an attestation that the rulebook does not list, or one that is named twice.
	ErrCode = fault.New(fault.Invalid, "matching.code_unknown",
		"The community's rules do not list this language or attestation, or it is named twice.", "社区规约未列出此语言或证明，或重复填写。")
	// ErrQuantity: nothing, or more than anybody could bring.
	ErrQuantity = fault.New(fault.Invalid, "matching.quantity", "Please give a quantity from 1 to 100,000.", "数量须在1至100000之间。")
	// ErrCell: no cell, or one outside of every community.
	ErrCell = fault.New(fault.Invalid, "matching.cell",
		"Please give a place as a square of the community's grid.", "请用社区网格中的方格说明地点。")
	// ErrWindow: it ends before it begins, or has ended.
	ErrWindow = fault.New(fault.Invalid, "matching.window",
		"The time must end after it begins, and after now.", "结束时间须晚于开始时间和当前时间。")
	// ErrListLong: too many languages, attestations or exclusions.
	ErrListLong = fault.New(fault.Invalid, "matching.list_long", "This lists too much of something.", "某项列得过多。")
	// ErrNeedLimit: the member has as many open needs as the rules allow.
	ErrNeedLimit = fault.New(fault.Refused, "need.limit",
		"There are as many open needs of this member as the rules allow.", "该成员未结束的需求数已达上限。")
	// ErrNeedUnknown: there is no such need.
	ErrNeedUnknown = fault.New(fault.NotFound, "need.unknown", "There is no such need.", "没有该需求。")
	// ErrNeedWithdrawn: it was taken back.
	ErrNeedWithdrawn = fault.New(fault.Refused, "need.withdrawn", "This need was withdrawn.", "该需求已被撤回。")
	// ErrNeedExpired: its time is over.
	ErrNeedExpired = fault.New(fault.Refused, "need.expired", "The time of this need is over.", "该需求的时间已过。")
	// ErrForOther: only an officer or a grid worker asks for somebody else without a mandate.
	ErrForOther = fault.New(fault.Forbidden, "need.for_other",
		"Only an officer or a grid worker may ask for another member without a mandate.", "只有负责人或网格员可以不经委托为他人提出需求。")
	// ErrPriority: no step of the scale.
	ErrPriority = fault.New(fault.Invalid, "need.priority", "A priority is a number from 1 to 9.", "优先级须为1至9。")
	// ErrAssessOwn: nobody says of their own need how urgent it is.
	ErrAssessOwn = fault.New(fault.Forbidden, "need.own_assessment",
		"Nobody says of their own need how urgent it is.", "任何人不得评定本人需求的优先级。")
	// ErrScreening: an unknown word for why, or another need that is named for no duplicate or not for one.
	ErrScreening = fault.New(fault.Invalid, "need.screening",
		"A duplicate names the need that asks for the same, and nothing else does.", "重复的需求须指明相同的需求，其他情况不得指明。")
	// ErrScreeningBy: only who looks into needs for others says what they are.
	ErrScreeningBy = fault.New(fault.Forbidden, "need.screening_by",
		"Only an officer or a grid worker says what came of looking into a need.", "只有负责人或网格员可以说明核实结果。")
	// ErrSameAs: it is the need itself, one of another kind, or one of which there is nothing left.
	ErrSameAs = fault.New(fault.Refused, "need.same_as",
		"The other need is not one that asks for the same.", "所指的需求与此不相同或已无效。")
	// ErrNotExpired: its time is not over yet, or nothing of it waits.
	ErrNotExpired = fault.New(fault.Refused, "need.not_expired", "Nothing of this need has run out of time.", "该需求没有超时未满足的部分。")
)

// Refusals about suggestions.
var (
	// ErrSuggestionUnknown: there is no such suggestion.
	ErrSuggestionUnknown = fault.New(fault.NotFound, "suggestion.unknown", "There is no such suggestion.", "没有该提示。")
	// ErrSuggestionOver: somebody has decided already.
	ErrSuggestionOver = fault.New(fault.Refused, "suggestion.over",
		"Somebody has dealt with this suggestion already.", "该提示已有人处理。")
	// ErrSuggestionOwn: nobody decides on a suggestion about themselves.
	ErrSuggestionOwn = fault.New(fault.Forbidden, "suggestion.own",
		"Nobody decides on a suggestion about themselves; you can ask for what you need.", "任何人不得处理关于本人的提示；您可以直接提出需求。")
	// ErrSuggestionOther: it is about somebody else.
	ErrSuggestionOther = fault.New(fault.Invalid, "suggestion.other_person",
		"The suggestion is about somebody else.", "该提示涉及的是另一人。")
	// ErrSuggestionReason: no reason of the list.
	ErrSuggestionReason = fault.New(fault.Invalid, "suggestion.reason", "Please choose why there is no need.", "请选择没有需求的原因。")
	// ErrSuggestionAwaits: one about the same person and cause waits already, or was dealt with a short time ago.
	ErrSuggestionAwaits = fault.New(fault.Refused, "suggestion.awaits",
		"A suggestion about this person and cause waits already, or was dealt with recently.", "关于此人和此原因的提示已在等待处理，或刚处理过。")
	// ErrSuggestionLooked: its time is not over, or somebody has looked.
	ErrSuggestionLooked = fault.New(fault.Refused, "suggestion.looked_at",
		"Somebody has looked at this suggestion, or there is time left.", "该提示已有人查看，或尚未到期。")
)

// Refusals about imports of needs.
var (
	// ErrImportRows: nothing, or more than a part or an import may hold.
	ErrImportRows = fault.New(fault.Invalid, "need_import.rows",
		"A part of an import has 1 to 100 rows, an import at most 100,000.", "每批须有1至100行，一次导入最多10万行。")
	// ErrImportOther: somebody else began it.
	ErrImportOther = fault.New(fault.Forbidden, "need_import.other", "Somebody else began this import.", "该导入由他人发起。")
	// ErrImportUnknown: nothing of it has been staged.
	ErrImportUnknown = fault.New(fault.NotFound, "need_import.unknown", "There is no such import.", "没有该导入任务。")
	// ErrImportComplete: all of it was raised, or is about to be.
	ErrImportComplete = fault.New(fault.Refused, "need_import.complete", "This import is complete.", "该导入已完成。")
	// ErrImportOrder says in its detail how many rows have come.
	ErrImportOrder = fault.New(fault.Refused, "need_import.order",
		"These are not the rows that come next.", "这不是应接续导入的行。")
	// ErrImportShort says in its detail how many rows have come.
	ErrImportShort = fault.New(fault.Refused, "need_import.incomplete",
		"Rows are missing, or there are more than said.", "导入的行数与声明不符。")
)

// Refusals about providers.
var (
	// ErrProviderUnknown: there is no such provider.
	ErrProviderUnknown = fault.New(fault.NotFound, "provider.unknown", "There is no such provider.", "没有该服务提供方。")
	// ErrNotYours: neither who answers for it nor an officer of its organisation.
	ErrNotYours = fault.New(fault.Forbidden, "provider.not_yours",
		"Only who answers for a provider, or an officer of its organisation, may do this.", "只有提供方的负责成员或其组织的负责人可以执行此操作。")
	// ErrRegister: only an officer registers somebody for an organisation, and that one's own.
	ErrRegister = fault.New(fault.Forbidden, "provider.not_your_org",
		"An organisation's providers are registered by its own officers; volunteers of their own register themselves.",
		"组织的提供方由该组织负责人登记；个人志愿者由本人登记。")
	// ErrRegistered: each member is one provider for themselves, and one for each organisation.
	ErrRegistered = fault.New(fault.Refused, "provider.registered",
		"This member is registered already, for themselves or for this organisation.", "该成员已以个人名义或代表该组织登记。")
	// ErrAttestOwn: an organisation does not attest what its own providers can.
	ErrAttestOwn = fault.New(fault.Forbidden, "provider.own_attestation",
		"What a provider can is attested by an officer of another organisation, and never by itself.", "提供方的资质须由其他组织的负责人证明，不得自证。")
	// ErrRetired: it no longer serves.
	ErrRetired = fault.New(fault.Refused, "provider.retired", "This provider no longer serves.", "该提供方已不再服务。")
	// ErrRadius: farther than any community is wide.
	ErrRadius = fault.New(fault.Invalid, "provider.radius", "A provider serves at most 200 squares away.", "服务半径不得超过200格。")
	// ErrCapacity: less than nothing, or more than anybody has.
	ErrCapacity = fault.New(fault.Invalid, "offer.capacity", "Please give a capacity from 0 to 100,000.", "可用数量须在0至100000之间。")
	// ErrOfGoods: what lies in a stock is counted there, and said by nobody.
	ErrOfGoods = fault.New(fault.Refused, "offer.of_goods",
		"This offer follows a stock; what is there is counted in the stock.", "该供给随库存自动更新，请在库存中登记变动。")
	// ErrListed: nothing, or more than one commit holds.
	ErrListed = fault.New(fault.Invalid, "directory.size",
		"A directory has 1 to 100 providers and at most 400 offers; please bring it in parts.", "一份名录须有1至100个提供方、至多400项供给；请分批导入。")
	// ErrListedTwice: a member, or a skill of one provider, stands twice.
	ErrListedTwice = fault.New(fault.Invalid, "directory.twice",
		"A member, or a skill of one provider, stands twice.", "同一成员或同一提供方的同一类别重复出现。")
	// ErrLent: another community lends it.
	ErrLent = fault.New(fault.Refused, "provider.lent",
		"What another community lends is said by that community; it can be given back here, or who answers for it retires.",
		"其他社区出借的供给由该社区说明；在此可以归还，或由负责成员退出服务。")
	// ErrStockUnknown: there is no such stock, or nothing of it is offered.
	ErrStockUnknown = fault.New(fault.NotFound, "offer.stock_unknown", "No such stock is offered.", "没有作为供给的该库存。")
	// ErrFollowed: the offer says already what lies there.
	ErrFollowed = fault.New(fault.Refused, "offer.followed", "The offer says already what lies in its stock.", "该供给已与库存一致。")
)

// Why a provider may not serve a need.
var (
	ErrOwnNeed = fault.New(fault.Refused, "fit.own_need", "Nobody is assigned to a need of their own.", "不得将需求派给需求人本人。")
	// ErrNotOffered: it does not offer the skill, or nothing of it at present.
	ErrNotOffered = fault.New(fault.Refused, "fit.not_offered", "The provider does not offer this at present.", "该提供方目前不提供此项。")
	ErrDistance   = fault.New(fault.Refused, "fit.distance", "The provider does not come so far.", "超出该提供方的服务范围。")
	ErrExcluded   = fault.New(fault.Refused, "fit.excluded", "The person who asks has excluded this provider.", "需求人不接受该提供方。")
	ErrLanguage   = fault.New(fault.Refused, "fit.language", "The provider speaks none of the languages asked for.", "该提供方不会所要求的语言。")
	ErrTime       = fault.New(fault.Refused, "fit.time", "The provider has no time when it is needed.", "该提供方在所需时间内没有空。")
	// ErrNotAttested names in its detail what is missing.
	ErrNotAttested = fault.New(fault.Refused, "fit.not_attested",
		"What this takes has not been attested of the provider.", "该提供方缺少此项所要求的证明。")
	ErrOverloaded = fault.New(fault.Refused, "fit.overloaded",
		"The provider has been at its limit and gets nothing new until there is room again.", "该提供方持续满负荷，恢复余力之前不再派新单。")
	// ErrLoadSame: how much is taken has changed since the timer was set.
	ErrLoadSame = fault.New(fault.Refused, "offer.load_same",
		"Whether this provider is overloaded is on the record already.", "该提供方是否超负荷已有记录。")
	ErrSilent = fault.New(fault.Refused, "fit.silent",
		"The provider has not answered several times in a row and is left in peace for a while.", "该提供方连续多次未回应，暂不派单。")
	// ErrPassed: it has said no to this very need, was silent about it, or was taken off it.
	ErrPassed = fault.New(fault.Refused, "fit.passed",
		"The provider has been asked about this already, and is asked again by a person only.", "该提供方已就此项需求被询问过，只能由工作人员再次指派。")
	ErrFull        = fault.New(fault.Refused, "fit.full", "The provider has not so much room left.", "该提供方余量不足。")
	ErrStandbyFull = fault.New(fault.Refused, "fit.standby_full",
		"The provider stands by for as much as the rules allow.", "该提供方的备份量已达规约上限。")
)
