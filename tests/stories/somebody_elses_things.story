# The orders, payments and tickets of other accounts are not found.
people: sofia ana mallory

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet
ORDER = ana$ ticketing lock $TICKET --quiet

mallory$ ticketing orders view $ORDER
! error: There is no such order.
! hint: `ticketing orders` shows your orders
= 5

mallory$ ticketing pay $ORDER
! error: There is no such order.
! hint: `ticketing orders` shows your orders
= 5

mallory$ ticketing sandbox pay $ORDER --card 4242424242424242
! error: There is no such order.
! hint: `ticketing orders` shows your orders
= 5

mallory$ ticketing cancel $ORDER
! error: There is no such order.
! hint: `ticketing orders` shows your orders
= 5

# An order that does not exist gives the same answer.
mallory$ ticketing orders view ord_000000
! error: There is no such order.
! hint: `ticketing orders` shows your orders
= 5

ana$ ticketing sandbox pay $ORDER --card 4242424242424242
…
! …

ana$ ticketing pay $ORDER
…
! …

mallory$ ticketing wallet view $TICKET
! error: …
! …
= 5

# The seller does not see the code once the ticket is sold, and the public view has no code.
sofia$ ticketing wallet view $TICKET
! error: …
! …
= 5

mallory$ ticketing view $TICKET --json all
{"id": "$TICKET", "show": {…}, "section": "A", "row": "C", "seat": "4", "price": {"amount": 9790, "currency": "EUR"}, "status": "sold", "version": …, "seller_id": "usr_…", "external_id": null, "created_at": "…", "updated_at": "…", "withdraw_reason": null, "withdraw_note": "", "owned": false, "origin": "imported", "face_value": null, "locked_until": null, "suspended": false}
