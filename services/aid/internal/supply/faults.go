package supply

import "renlin.dev/pkg/fault"

// Refusals about stocks and arrivals.
var (
	// ErrStock: there is no such stock.
	ErrStock = fault.New(fault.NotFound, "stock.unknown", "There is no such stock.", "没有该库存。")
	// ErrOtherOrg: another organisation's.
	ErrOtherOrg = fault.New(fault.Forbidden, "stock.other_org", "This stock is another organisation's.", "该库存属于其他组织。")
	// ErrMove: no move that there is, or of nothing.
	ErrMove = fault.New(fault.Invalid, "stock.move", "Please say what is moved, how much, and for which work order.", "请说明库存变动的种类、数量和所属工单。")
	// ErrShort: more than is there, or free.
	ErrShort = fault.New(fault.Refused, "stock.short", "There is not that much, or it is promised.", "库存不足或已被预留。")
	// ErrUnreserved: more than is reserved for this order.
	ErrUnreserved = fault.New(fault.Refused, "stock.unreserved", "That much is not reserved for this work order.", "该工单没有预留这么多。")
	// ErrWords: what the rulebook does not know.
	ErrWords = fault.New(fault.Invalid, "supply.words",
		"Please name a thing and a unit that the rulebook knows, and a quantity.", "请填写规约中已有的物品类别和计量单位，以及数量。")
	// ErrOffice: neither a worker nor an officer, by a device of their own.
	ErrOffice = fault.New(fault.Forbidden, "supply.office",
		"This is for a grid worker or officer with a device of their own.", "此事须由网格员或负责人使用本人设备办理。")
	// ErrArrival: there is no such arrival.
	ErrArrival = fault.New(fault.NotFound, "arrival.unknown", "There is no such arrival.", "没有该批到货。")
	// ErrReceived: it has come.
	ErrReceived = fault.New(fault.Refused, "arrival.received", "This has been received already.", "该批物资已经接收。")
	// ErrReceiver: somebody else takes it in.
	ErrReceiver = fault.New(fault.Forbidden, "arrival.receiver",
		"Only the organisation that takes it in says what has come.", "只有指定的接收组织可以登记到货。")
	// ErrNames: nobody who may say who takes it in.
	ErrNames = fault.New(fault.Forbidden, "arrival.names",
		"Who takes this in is said by the organisation that announced it, the one that was to take it in, or the government.",
		"接收组织由发布到货的组织、原接收组织或政府指定。")
	// ErrRoom: no room.
	ErrRoom = fault.New(fault.Refused, "arrival.no_room", "This organisation has not said that it has the room.", "该组织没有申报足够的接收能力。")
	// ErrDue: it is over, or too far ahead.
	ErrDue = fault.New(fault.Invalid, "arrival.due",
		"This time has passed, or is more than a year ahead.", "该时间已过，或在一年以后。")
	// ErrKept: it was received.
	ErrKept = fault.New(fault.Refused, "arrival.kept", "This was received in time.", "该批物资已按时接收。")
	// ErrThing: the arrival is of something else than the stock.
	ErrThing = fault.New(fault.Invalid, "arrival.other_thing",
		"This stock is of another thing than what has come.", "该库存的物品或计量单位与到货不符。")
	// ErrFull: it takes in so many already.
	ErrFull = fault.New(fault.Refused, "arrival.full",
		"Five hundred arrivals are named to this organisation already and have not been received.", "该组织已有五百批到货尚未接收。")
	// ErrWaiting: too many that nobody takes in.
	ErrWaiting = fault.New(fault.Refused, "arrival.waiting",
		"A hundred arrivals that your organisation announced have nobody to take them in; please find somebody for those first.",
		"本组织发布的到货中已有一百批无人接收，请先为其落实接收组织。")
	// ErrPlaced: whoever takes it in has the room.
	ErrPlaced = fault.New(fault.Refused, "arrival.placed", "This has somebody with room for it.", "该批物资已有具备接收能力的组织。")
)

// Refusals about what stands as an offer.
var (
	// ErrProvider: none of the organisation's that serves.
	ErrProvider = fault.New(fault.Invalid, "stock.provider",
		"Please name a provider of the same organisation that serves at present.", "请指明同一组织的、当前在服务的提供方。")
	// ErrSkill: the rulebook does not know it.
	ErrSkill = fault.New(fault.Invalid, "stock.skill",
		"The community's rules do not list this kind of goods.", "社区规约未列出此类物资。")
	// ErrBehind: it stands behind another offer, or another stock behind this one.
	ErrBehind = fault.New(fault.Refused, "stock.behind_another",
		"A stock stands behind one offer for good, and an offer has one stock.", "一份库存只能长期对应一项供给，一项供给也只能对应一份库存。")
	// ErrOfferTaken: assignments hold something of what was offered before.
	ErrOfferTaken = fault.New(fault.Refused, "stock.offer_taken",
		"Assignments still hold something of this offer; let them end first.", "该供给仍有派单占用，请待其结束后再关联库存。")
	// ErrNotOffered: nothing of it stands as an offer.
	ErrNotOffered = fault.New(fault.Refused, "stock.not_offered", "Nothing of this stock stands as an offer.", "该库存没有作为供给发布。")
	// ErrBooking: what was handed out a moment ago is not booked yet.
	ErrBooking = fault.New(fault.Refused, "stock.booking",
		"What was handed out a moment ago is just being booked; please count again.", "刚刚发出的物资正在入账，请重新盘点。")
)
