package period

import (
	"sync"
	"time"
)

// zones has the time zones that were read, by name. Only names of existing zones come in.
var zones sync.Map

// Zone returns a time zone by its IANA name. It returns the same as time.LoadLocation, which reads
// and parses a file each time; Zone does so once for each zone.
func Zone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, zone)
	}
	return zone, err
}
