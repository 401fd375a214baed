package poll

import "renlin.dev/pkg/fault"

// Faults of sheets, which are the papers of secret polls; the rest are those of all papers.
var (
	ErrSheetStation = fault.New(fault.Invalid, "sheet.station",
		"A sheet is given out at a kiosk, at a door, or at a place that is not named.", "纸面凭证在自助机处、上门或未注明的地点发放。")
	ErrSheetOwn = fault.New(fault.Forbidden, "sheet.own",
		"Nobody gives a sheet to themselves; register with your own device, or have another officer do it.",
		"任何人不得为自己发放纸面凭证；请用本人设备登记，或由其他工作人员办理。")
	ErrRegistrationStands = fault.New(fault.Refused, "registration.stands",
		"This voter has registered in a way that this one does not replace: their own device before a sheet, a sheet before a helper, and "+
			"a sheet before one that another officer gives.",
		"该投票人已有效力更高的登记：本人设备优先于纸面凭证，纸面凭证优先于受托人；纸面凭证只能由原发放人更换。")
	ErrSheetUnlisted = fault.New(fault.Refused, "sheet.unlisted",
		"This sheet is none of those that may be entered in this poll.", "该纸面凭证不在本次表决可录入的凭证之列。")
	ErrSheetGiver = fault.New(fault.Forbidden, "sheet.giver",
		"Who gave sheets out for this poll enters none in it: they may know whose they are.", "为本次表决发放纸面凭证的人员可能知晓其归属，不得录入。")
	ErrSheetCompared = fault.New(fault.Refused, "sheet.proof",
		"This is not the sheet's word that its ballot is the one that counts; compare it again.", "这不是该纸面凭证对计入选票的签名，请重新核对。")
)
