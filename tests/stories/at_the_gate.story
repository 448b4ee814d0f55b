# At the gate: a ticket is admitted once, an admission is undone, the list is downloaded.
people: sofia ana gus
operators: olga

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --barcode PRINTED-97 --quiet
ORDER = ana$ ticketing lock $TICKET --quiet

# An account without gate access cannot scan, nor grant gate access.
gus$ ticketing gate scan $TICKET --code PRINTED-97
! error: Only gate staff, operators and the show's organiser may do this.
! hint: …
= 4

gus$ ticketing admin role gus@example.org gate
! error: …
! hint: …
= 4

olga$ ticketing admin role gus@example.org gate
gus@example.org is gate (usr_…)
! next: ticketing admin users

# What somebody else printed on the ticket never opens this gate.
gus$ ticketing gate scan $TICKET
< PRINTED-97
< GATE-98
REFUSE	unknown code			
REFUSE	unknown code			
= 6

ana$ ticketing sandbox pay $ORDER --card 4242424242424242
…
! …
ana$ ticketing pay $ORDER
…
! …

CODE = ana$ ticketing wallet view $TICKET --json code

gus$ ticketing gate scan $TICKET --code PRINTED-97
REFUSE	unknown code			
= 6

gus$ ticketing gate download $TICKET
downloaded the list of shw_…: 1 tickets
! next: ticketing gate scan $TICKET

gus$ ticketing gate scan $TICKET --code $CODE --gate "North 2"
ADMIT		section A, row C, seat 4	Les Misérables	adm_…

# The same code is scanned a second time.
gus$ ticketing gate scan $TICKET --code $CODE --gate South
REFUSE	already inside since … at North 2	section A, row C, seat 4	Les Misérables	
= 6

gus$ ticketing gate status $TICKET
shw_…	yes	1	1	4	1	4	0	0	…

# The admission is undone, and the ticket is admitted again.
gus$ ticketing gate undo --last $TICKET
undid scan …
! next: ticketing gate status $TICKET

gus$ ticketing gate scan $TICKET --code $CODE --json verdict,reason
{"verdict": "admitted", "reason": null}

ana$ ticketing gate status $TICKET
! error: …
! hint: …
= 4

gus$ ticketing gate sync
sent 0 scans to the server; 0 conflicts
