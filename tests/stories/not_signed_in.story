# Anybody can browse; everything else requires a sign-in.
people: sofia

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet

stranger$ ticketing shows
Les Misérables	2031-11-30T19:30:00+01:00	Châtelet	Paris	1	EUR 97.90	shw_…	

stranger$ ticketing lock $TICKET
! error: Please sign in first.
! hint: sign in with `ticketing auth login`
= 4

stranger$ ticketing orders
! error: Please sign in first.
! hint: sign in with `ticketing auth login`
= 4

stranger$ ticketing wallet --json all
! {"code": "not_signed_in", …
= 4

stranger$ ticketing admin stats
! error: Please sign in first.
! hint: sign in with `ticketing auth login`
= 4
