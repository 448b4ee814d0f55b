# Tickets are bought with a saved card, without a payment page.
people: sofia ana ben

ONE = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet
TWO = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 5 --quiet
THREE = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 6 --quiet

ana$ ticketing cards
! no saved cards

ana$ ticketing sandbox save-card --card 4242424242424242
saved visa 4242: crd_…
! next: ticketing buy TICKET --card 4242

ana$ ticketing buy $ONE --card 4242 --yes --max-total 97.90
$ONE	Les Misérables	2031-11-30T19:30:00+01:00	Châtelet, Paris	section A, row C, seat 4	EUR 97.90	ord_…	…
! Total EUR 97.90 TEST, including a fee of EUR 4.89 (5 %)
! Reserved for you. Pay within … (order …)
!   Les Misérables, Sun 30 Nov 2031 19:30 (UTC+1)
!   Châtelet, Paris: section A, row C, seat 4
!   Total EUR 97.90 TEST; no real card is charged
! Paid. Order … is complete
! next: ticketing wallet view $ONE shows it again

# The same card pays for an order that was locked earlier.
ORDER = ana$ ticketing lock $TWO --quiet

ana$ ticketing pay $ORDER --card 4242 --json status
{"status": "complete"}
! …

# The card belongs to Ana only, and card numbers are never accepted.
ben$ ticketing buy $THREE --card 4242 --yes --max-total 97.90
! error: there is no saved card '4242'
! hint: `ticketing cards` lists them, `ticketing cards add` saves one
= 5

ben$ ticketing buy $THREE --card 4242424242424242 --yes --max-total 97.90
! error: that is a card number; it was not sent anywhere. Never type one here
! hint: `ticketing cards add` opens a page where you can enter it
= 2

# After a decline the ticket stays locked, and another card can pay.
ben$ ticketing sandbox save-card --card 4000000000000341
…
! …

ben$ ticketing buy $THREE --card 0341 --yes --max-total 97.90
! …
! declined: The card was declined.
! error: The card was declined; order … stays open until …
! hint: …
= 8

ben$ ticketing orders --status awaiting_payment
ord_…	$THREE	awaiting_payment	EUR 97.90	…

# A deleted card cannot pay any more.
ana$ ticketing cards remove 4242 --yes
deleted visa 4242 (crd_…)
! next: ticketing cards

ana$ ticketing cards --json all
[]
! no saved cards

sofia$ ticketing balance
EUR 186.02	EUR 0.00	EUR 0.00	EUR 0.00
