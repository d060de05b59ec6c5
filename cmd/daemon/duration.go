package daemon

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// duration is a time.Duration that is written as "5m0s" in the file, or as "30d" if it
// is days: a day is 24 hours.
type duration time.Duration

const wholeDay = 24 * time.Hour

func (d duration) MarshalText() ([]byte, error) {
	if t := time.Duration(d); t > 0 && t%wholeDay == 0 {
		return []byte(strconv.FormatInt(int64(t/wholeDay), 10) + "d"), nil
	}
	return []byte(time.Duration(d).String()), nil
}

func (d *duration) UnmarshalText(text []byte) error {
	days, rest, ok := strings.Cut(string(text), "d")
	if !ok {
		days, rest = "", string(text)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if ok && err != nil {
		return fmt.Errorf("%q is not a duration like \"30d\" or \"1d12h\"; days are a whole number up to 65535", text)
	}
	v := time.Duration(n) * wholeDay
	if rest != "" || !ok {
		hours, err := time.ParseDuration(rest)
		if err != nil {
			if _, number := strconv.ParseFloat(rest, 64); number == nil {
				return fmt.Errorf("%q has no unit; write \"%[1]ss\", \"%[1]sm\" or, in days, \"%[1]sd\"", text)
			}
			return fmt.Errorf("%q is not a duration like \"5m\", \"1h30m\" or \"30d\"", text)
		}
		v += hours
	}
	*d = duration(v)
	return nil
}
