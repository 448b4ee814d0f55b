# Sellers cannot lock or buy their own tickets.
people: sofia

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet

sofia$ ticketing lock $TICKET
! error: You cannot buy your own ticket.
! hint: `ticketing list` shows what others sell
= 6

sofia$ ticketing buy $TICKET --yes --max-total 100
! Total EUR 97.90 TEST, including a fee of EUR 4.89 (5 %)
! error: You cannot buy your own ticket.
! hint: `ticketing list` shows what others sell
= 6

sofia$ ticketing view $TICKET --json status,version
{"status": "available", "version": 1}
