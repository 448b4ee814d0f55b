# A seat is listed, found, locked, paid for, and in the buyer's wallet.
people: sofia ana

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --barcode PRINTED-97 --quiet

stranger$ ticketing list miserables
$TICKET	Les Misérables	2031-11-30T19:30:00+01:00	Paris	A C 4	EUR 97.90	available	unverified

ORDER = ana$ ticketing lock $TICKET --quiet

ana$ ticketing pay $ORDER --no-wait
order $ORDER awaits payment at $SERVER/p/…
!   Total EUR 97.90 TEST; no real card is charged
! pay before … at $SERVER/p/…
! next: ticketing pay $ORDER
= 8

ana$ ticketing sandbox pay $ORDER --card 4242424242424242
paid order $ORDER with TEST money
! next: ticketing wallet

ana$ ticketing pay $ORDER
$TICKET	Les Misérables	2031-11-30T19:30:00+01:00	Châtelet, Paris	section A, row C, seat 4	EUR 97.90	$ORDER	…
! …
! Paid. Order $ORDER is complete
! next: ticketing wallet view $TICKET shows it again

ana$ ticketing wallet
$TICKET	Les Misérables	2031-11-30T19:30:00+01:00	Paris	A C 4	…

sofia$ ticketing list --mine --status sold --json id,status
[
{"id": "$TICKET", "status": "sold"}
]

# A paid order cannot be paid or cancelled, and its ticket cannot be bought again.
ana$ ticketing sandbox pay $ORDER --card 4242424242424242
! error: …
! hint: `ticketing orders` shows your orders
= 6

ana$ ticketing cancel $ORDER
! error: …
! hint: `ticketing orders` shows your orders
= 6

ana$ ticketing buy $TICKET --yes --max-total 100
! error: The ticket is sold.
! hint: `ticketing list` shows what is on sale
= 6
