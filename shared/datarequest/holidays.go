package datarequest

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/us"
)

// Jurisdiction states which days are public holidays in a country or a part of it, and how
// that is known. A day that is a holiday only in a part of the jurisdiction, or that is
// contested, counts as a working day: no date is later than a law allows.
type Jurisdiction struct {
	Source string // the provision
	How    string // how the provision was read: see the constants below
	Read   string // the date of this reading, 2006-01-02
	Note   string // which days count as working days although some people have them off

	days []*cal.Holiday
}

// How a provision was read.
const (
	FromReprint   = "reprint"   // a copy of the text by somebody else
	FromSecondary = "secondary" // what others write about the text, such as libraries of holidays
	FromMemory    = "memory"    // nothing was at hand; check it before use
)

// readOn is the date of the present reading of all calendars.
const readOn = "2026-11-28"

// Jurisdictions lists, by their codes of ISO 3166, those whose holidays are known. GB-NIR
// and GB-SCT have calendars of their own; GB is England and Wales.
func Jurisdictions() map[string]Jurisdiction { return jurisdictions }

var jurisdictions = map[string]Jurisdiction{
	"AU": {"the Acts of the states and territories", FromSecondary, readOn,
		"Only the holidays that all states and territories share count, and only the substitutes for weekends that all of them have.", australia},
	"AU-ACT": {"Holidays Act 1958 (ACT)", FromSecondary, readOn,
		"Anzac Day moves from a Sunday to Monday; in 2026 it moved from a Saturday too.",
		append(without(au.HolidaysACT, au.AnzacDayActWa), au.AnzacDayNtQldSa, once("Anzac Day, additional day", 2026, time.April, 27))},
	"AU-NSW": {"Public Holidays Act 2010 (NSW) and an order for 2026 and 2027", FromSecondary, readOn,
		"Anzac Day does not move. The order makes the Mondays after it holidays in 2026 and 2027.",
		append(without(au.HolidaysNSW), once("Anzac Day, additional day", 2026, time.April, 27), once("Anzac Day, additional day", 2027, time.April, 26))},
	"AU-NT": {"Public Holidays Act 1981 (NT)", FromSecondary, readOn,
		"Anzac Day moves from a Sunday to Monday. Days that are holidays only in the evening, or in one place, are working days.", au.HolidaysNT},
	"AU-QLD": {"Holidays Act 1983 (Qld)", FromSecondary, readOn,
		"Anzac Day moves from a Sunday to Monday. Days that are holidays only in the evening, or in one place, are working days.", au.HolidaysQLD},
	"AU-SA": {"Public Holidays Act 2023 (SA)", FromSecondary, readOn,
		"Anzac Day does not move. Days that are holidays only in the evening are working days.",
		append(without(au.HolidaysSA, au.AnzacDayNtQldSa), au.AnzacDay)},
	"AU-TAS": {"Statutory Holidays Act 2000 (Tas)", FromSecondary, readOn,
		"Anzac Day does not move. Easter Tuesday and days of one region are working days.", au.HolidaysTAS},
	"AU-VIC": {"Public Holidays Act 1993 (Vic)", FromSecondary, readOn,
		"Anzac Day does not move. The Friday before the football final is a working day here, because it is only set in the course of each year.",
		without(au.HolidaysVIC, au.FridayBeforeAflFinal)},
	"AU-WA": {"Public and Bank Holidays Act 1972 (WA)", FromSecondary, readOn,
		"Anzac Day moves from either day of a weekend to Monday.", au.HolidaysWA},
	"BR": {"Leis 662/1949, 6.802/1980, 9.093/1995 e 14.759/2023", FromMemory, readOn,
		"20 November is a holiday since 2024. Carnival and Corpus Christi are optional days off, and so working days.",
		append(without(br.Holidays, br.Carnaval, br.CorpusChristi), conscienciaNegra)},
	"CA": {"the statutes of the provinces", FromMemory, readOn,
		"Only the holidays that all provinces share count, without substitutes for weekends. The civic holiday in August is a working day, as are federal holidays that some province lacks.",
		[]*cal.Holiday{aa.NewYear, ca.GoodFriday, inPlace(ca.CanadaDay), ca.LabourDay, aa.ChristmasDay}},
	"DE": {"the statutes of the Länder", FromSecondary, readOn,
		"Only the nine holidays that all Länder share count.", de.Holidays},
	"ES": {"Real Decreto 2001/1983, Art. 45", FromSecondary, readOn,
		"Only the holidays that all communities share count. A Monday in place of a Sunday is a working day.", es.Holidays},
	"FR": {"Code du travail, L3133-1", FromSecondary, readOn,
		"Good Friday and 26 December are holidays in Alsace and Moselle only, and so working days.", fr.Holidays},
	"GB": {"Banking and Financial Dealings Act 1971", FromSecondary, readOn, "England and Wales.", gb.Holidays},
	"GB-NIR": {"Banking and Financial Dealings Act 1971", FromSecondary, readOn, "Northern Ireland.",
		append(without(gb.Holidays), moved("Saint Patrick's Day", time.March, 17), moved("Battle of the Boyne", time.July, 12))},
	"GB-SCT": {"Banking and Financial Dealings Act 1971; St Andrew's Day Bank Holiday (Scotland) Act 2007", FromSecondary, readOn,
		"Scotland. Easter Monday, and holidays of one place, are working days.", scotland},
	"IE": {"Organisation of Working Time Act 1997, Sch. 2", FromSecondary, readOn,
		"A holiday on a weekend has no substitute. Good Friday is a working day.", ie.Holidays},
	"NZ": {"Privacy Act 2020, s. 7(1)", FromMemory, readOn,
		"No day from 25 December to 15 January is a working day. Anniversary days of one region are.", newZealand()},
	"US": {"5 U.S.C. 6103", FromSecondary, readOn, "The holidays of the federation.", append(without(us.Holidays), newYearsFriday)},
	"US-CA": {"Cal. Gov. Code 6700, 6701", FromReprint, readOn,
		"Only the days count that both section 6700 and the days off of the State's staff have. Columbus Day, the day after Thanksgiving, 12 February and 19 June are working days.", california},
}

// australia has the holidays that all states and territories share.
var australia = []*cal.Holiday{au.NewYear, au.AustraliaDay, au.GoodFriday, au.EasterMonday, au.AnzacDay, au.ChristmasDay, au.BoxingDay}

var conscienciaNegra = &cal.Holiday{Name: "Dia da Consciência Negra", Month: time.November, Day: 20, StartYear: 2024, Func: cal.CalcDayOfMonth}

var scotland = append(without(gb.Holidays, gb.EasterMonday, gb.SummerHoliday),
	&cal.Holiday{Name: "2 January", Month: time.January, Day: 2, Observed: gb.BoxingDay.Observed, Func: cal.CalcDayOfMonth},
	once("Football World Cup", 2026, time.June, 15), gb.SummerHolidayScotland, moved("Saint Andrew's Day", time.November, 30))

var sundayToMonday = []cal.AltDay{{Day: time.Sunday, Offset: 1}}

// california moves a Sunday to Monday, and of the Saturdays only 11 November, to Friday.
var california = []*cal.Holiday{
	us.NewYear.Clone(&cal.Holiday{Observed: sundayToMonday}), us.MlkDay, us.PresidentsDay,
	{Name: "Farmworkers Day", Month: time.March, Day: 31, Observed: sundayToMonday, Func: cal.CalcDayOfMonth},
	us.MemorialDay, us.IndependenceDay.Clone(&cal.Holiday{Observed: sundayToMonday}), us.LaborDay,
	us.VeteransDay, us.ThanksgivingDay, us.ChristmasDay.Clone(&cal.Holiday{Observed: sundayToMonday}),
}

// newYearsFriday is the last Friday of a year before a New Year's Day on a Saturday. The
// library looks for substitutes only within a holiday's own year.
var newYearsFriday = &cal.Holiday{Name: "New Year's Day", Func: func(_ *cal.Holiday, year int) time.Time {
	if last := time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC); last.Weekday() == time.Friday {
		return last
	}
	return time.Time{}
}}

// newZealand adds what the library lacks: Matariki, by the dates of Te Kāhui o Matariki
// Public Holiday Act 2022, Sch. 1, and the summer.
func newZealand() []*cal.Holiday {
	days := without(nz.Holidays)
	for _, date := range []string{"2026-07-10", "2027-06-25", "2028-07-14", "2029-07-06", "2030-06-21", "2031-07-11", "2032-07-02"} {
		d, _ := time.Parse(time.DateOnly, date) // as written above
		days = append(days, once("Matariki", d.Year(), d.Month(), d.Day()))
	}
	for d := time.Date(2001, time.December, 25, 0, 0, 0, 0, time.UTC); d.Year() == 2001 || d.Day() <= 15; d = d.AddDate(0, 0, 1) {
		days = append(days, &cal.Holiday{Name: "25 December to 15 January", Month: d.Month(), Day: d.Day(), Func: cal.CalcDayOfMonth})
	}
	return days
}

// without copies a list of holidays and leaves some out.
func without(days []*cal.Holiday, drop ...*cal.Holiday) []*cal.Holiday {
	return slices.DeleteFunc(slices.Clone(days), func(h *cal.Holiday) bool { return slices.Contains(drop, h) })
}

// once is a holiday of one year.
func once(name string, year int, month time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Name: name, Month: month, Day: day, StartYear: year, EndYear: year, Func: cal.CalcDayOfMonth}
}

// moved is a holiday whose substitute for either day of a weekend is Monday.
func moved(name string, month time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Name: name, Month: month, Day: day, Observed: gb.NewYear.Observed, Func: cal.CalcDayOfMonth}
}

// inPlace is a holiday without its substitutes for weekends.
func inPlace(h *cal.Holiday) *cal.Holiday {
	return h.Clone(&cal.Holiday{Observed: []cal.AltDay{}})
}
