package muc

// Limits bound what rooms and those in them can take up. The zero value of each means
// the default.
type Limits struct {
	Rooms      int // that one person has created and that still exist; 100
	Occupants  int // sessions in one room; 5,000
	Members    int // of whom one room knows something; 20,000
	History    int // messages for who enters, whatever the room says; 50
	NickBytes  int // 128
	TextBytes  int // of a subject, a reason, a name, a description; 4 KiB
	VCardBytes int // 128 KiB
	Hats       int // of one room; 50

	Rate, Burst         int // stanzas a second of one session in one room, and how many at once; 50, 500; -1: no limit
	JoinRate, JoinBurst int // rooms that one person enters a second, and how many at once; 20, 500; -1: no limit
}

// withDefaults fills in what is not set.
func (l Limits) withDefaults() Limits {
	for _, f := range [...]struct {
		value     *int
		byDefault int
	}{
		{&l.Rooms, 100},
		{&l.Occupants, 5000},
		{&l.Members, 20_000},
		{&l.History, 50},
		{&l.NickBytes, 128},
		{&l.TextBytes, 4 << 10},
		{&l.VCardBytes, 128 << 10},
		{&l.Hats, 50},
		{&l.Rate, 50},
		{&l.Burst, 500},
		{&l.JoinRate, 20},
		{&l.JoinBurst, 500},
	} {
		if *f.value == 0 {
			*f.value = f.byDefault
		}
	}
	return l
}

// Creators says who may create rooms at a service (XEP-0045 #createroom-general).
type Creators string

// Who may create rooms.
const (
	Locals Creators = "local" // accounts of the host
	Anyone Creators = "anyone"
	Admins Creators = "admins" // of the host
)
