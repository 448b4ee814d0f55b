# The second ticket is bought without a page: the card was saved before, and the price is agreed to.
people: sofia ana ben

ONE = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --code GATE-97 --quiet
TWO = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 5 --code GATE-98 --quiet
THREE = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 6 --code GATE-99 --quiet

ana$ ticketing cards
! no saved cards

ana$ ticketing sandbox save-card --card 4242424242424242
saved visa 4242: crd_…
! next: ticketing buy TICKET --card 4242

ana$ ticketing buy $ONE --card 4242 --yes --max-total 97.90
$ONE	Les Misérables	2031-11-30T19:30:00+01:00	Châtelet, Paris	section A, row C, seat 4	EUR 97.90	ord_…	GATE-97
! EUR 97.90 TEST is all you pay; the fee of EUR 4.89 (5 %) is part of it
! locked for you, to be paid in …: order …
!   Les Misérables, Sun 30 Nov 2031 19:30 (UTC+1)
!   Châtelet, Paris: section A, row C, seat 4
!   EUR 97.90 TEST in total, nothing on top; no real card is charged
! paid: order … is complete
! next: ticketing wallet view $ONE shows it again

# The same card again, on an order that was locked before.
ORDER = ana$ ticketing lock $TWO --quiet

ana$ ticketing pay $ORDER --card 4242 --json status
{"status": "complete"}
! …

# Nobody else has that card, and no number is ever taken.
ben$ ticketing buy $THREE --card 4242 --yes --max-total 97.90
! error: no saved card '4242'
! hint: `ticketing cards` lists them, `ticketing cards add` saves one
= 5

ben$ ticketing buy $THREE --card 4242424242424242 --yes --max-total 97.90
! error: that is a card's number; it was sent nowhere. Never type one here
! hint: `ticketing cards add` opens a page where it may be typed
= 2

# A card that is declined says so; the lock stays, and another card can pay.
ben$ ticketing sandbox save-card --card 4000000000000341
…
! …

ben$ ticketing buy $THREE --card 0341 --yes --max-total 97.90
! …
! declined: The card was declined.
! error: The card was declined; order … stands until …
! hint: …
= 8

ben$ ticketing orders --status awaiting_payment
ord_…	$THREE	awaiting_payment	EUR 97.90	…

# Forgotten, it pays nothing any more.
ana$ ticketing cards remove 4242 --yes
forgot visa 4242 (crd_…)
! next: ticketing cards

ana$ ticketing cards --json all
[]
! no saved cards

sofia$ ticketing balance
EUR 186.02	EUR 0.00	EUR 0.00
