package notice

import "strings"

// Where the class of a matter was read.
const (
	fromItem          = "matter_item" // the entry's number
	fromReference     = "reference"   // the item that its text refers to, or the class that it names
	fromWords         = "words"       // the law's own words for one of the items
	fromContradiction = "contradiction"
)

// itemWords are the words of art. 278 by which its items are told from one another. Only a text that has the words of one item alone is
// taken to mean it. Item 9, all other important matters, has none: anything could be meant.
var itemWords = []struct {
	item  int
	words []string
}{
	{1, []string{"业主大会议事规则"}},
	{2, []string{"管理规约"}},
	{3, []string{"选举业主委员会", "更换业主委员会"}},
	{4, []string{"选聘物业服务企业", "解聘物业服务企业", "选聘和解聘物业服务企业", "选聘、解聘物业服务企业", "选聘或者解聘物业服务企业"}},
	{5, []string{"使用建筑物及其附属设施的维修资金", "使用维修资金"}},
	{6, []string{"筹集建筑物及其附属设施的维修资金", "筹集维修资金"}},
	{7, []string{"改建、重建建筑物", "改建建筑物", "重建建筑物"}},
	{8, []string{"改变共有部分的用途", "利用共有部分从事经营活动"}},
}

// classOf answers the class of a matter and its item, 0 if it is not known, and where that was read.
func classOf(matter string, item int) (class string, known int, from string) {
	referred, class := referredItem(matter), namedClass(matter)
	switch {
	case item != 0 && (referred != 0 && referred != item || class != "" && class != classOfItem(item)):
		return classOfItem(item), item, fromContradiction
	case item != 0:
		return classOfItem(item), item, fromItem
	case referred != 0 && class != "" && class != classOfItem(referred):
		return Unknown, 0, fromContradiction
	case referred != 0:
		return classOfItem(referred), referred, fromReference
	case class != "":
		return class, 0, fromReference
	}
	if item := itemOfWords(matter); item != 0 {
		return classOfItem(item), item, fromWords
	}
	return Unknown, 0, ""
}

// classOfItem answers the class of an item: 6 to 8 are special.
func classOfItem(item int) string {
	if item >= 6 && item <= 8 {
		return ClassSpecial
	}
	return ClassOrdinary
}

// namedClass answers the class that a text names, "" if none, or both.
func namedClass(matter string) string {
	ordinary := strings.Contains(matter, "一般事项") || strings.Contains(matter, "普通事项")
	special := strings.Contains(matter, "特别事项") || strings.Contains(matter, "特殊事项")
	switch {
	case ordinary && !special:
		return ClassOrdinary
	case special && !ordinary:
		return ClassSpecial
	}
	return ""
}

// referredItem answers the one item of art. 278 that a text refers to, as in 第二百七十八条第一款第四项.
func referredItem(matter string) int {
	if !strings.Contains(matter, "278") && !strings.Contains(matter, "二百七十八") {
		return 0
	}
	found := 0
	for i, numeral := range []string{"一", "二", "三", "四", "五", "六", "七", "八", "九"} {
		for _, form := range []string{"第" + numeral + "项", "第（" + numeral + "）项", "第(" + numeral + ")项"} {
			if strings.Contains(matter, form) {
				if found != 0 && found != i+1 {
					return 0
				}
				found = i + 1
			}
		}
	}
	return found
}

// itemOfWords answers the one item whose words a text has.
func itemOfWords(matter string) int {
	found := 0
	for _, i := range itemWords {
		for _, words := range i.words {
			if strings.Contains(matter, words) {
				if found != 0 && found != i.item {
					return 0
				}
				found = i.item
			}
		}
	}
	return found
}
