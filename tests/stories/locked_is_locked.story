# A locked ticket cannot be bought, edited or withdrawn; once released, it is on sale at once.
people: sofia ana ben

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet
ORDER = ana$ ticketing lock $TICKET --quiet

ben$ ticketing lock $TICKET
! error: The ticket is locked.
! hint: `ticketing list` shows what is on sale
= 6

sofia$ ticketing edit $TICKET --price 500.00
! error: The ticket is locked.
! hint: …
= 6

sofia$ ticketing withdraw $TICKET
! error: The ticket is locked.
! hint: …
= 6

ben$ ticketing list
! no tickets

ana$ ticketing cancel $ORDER
Order $ORDER is cancelled. Ticket $TICKET is back on sale
! next: ticketing view $TICKET

ben$ ticketing lock $TICKET --json status,price
{"status": "awaiting_payment", "price": {"amount": 9790, "currency": "EUR"}}
