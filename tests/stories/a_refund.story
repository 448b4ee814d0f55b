# A part of the price is refunded; the receipt shows it, and the buyer keeps the ticket.
people: sofia ana
operators: olga

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet
ORDER = ana$ ticketing lock $TICKET --quiet

# An unpaid order has no receipt, and nothing to refund.
ana$ ticketing orders receipt $ORDER
! error: There is no receipt: the order is awaiting_payment.
! hint: …
= 6

olga$ ticketing admin refund $ORDER --yes
! error: This order was not paid.
! hint: …
= 6

ana$ ticketing sandbox pay $ORDER --card 4242424242424242
…
! …
ana$ ticketing pay $ORDER
…
! …

ana$ ticketing admin refund $ORDER --yes
! error: …
! hint: …
= 4

olga$ ticketing admin refund $ORDER --amount 97.91 --yes
! error: Only EUR 97.90 of the payment is left.
! hint: …
= 6

olga$ ticketing admin refund $ORDER --amount 10.00 --yes
refunding EUR 10.00 TEST of $ORDER: refund ref_…
! next: ticketing admin refunds --order $ORDER

olga$ ticketing admin refunds --order $ORDER
ref_…	$ORDER	EUR 10.00	…	operator	pay_…	…

ana$ ticketing orders receipt $ORDER
…
  RECEIPT                                                            ticketing
…
  Les Misérables
  Sun 30 Nov 2031 19:30 (UTC+1)
  Châtelet, Paris, FR
  section A, row C, seat 4
…
  Price                                                              EUR 97.90
    Marketplace fee included: EUR 4.89
  Refund of …EUR -10.00
…
  Total                                                         EUR 87.90 TEST
…
  TEST money: no card was charged, and this receipt has no value.
…

# She keeps the ticket.
ana$ ticketing wallet --json code,refunded
[
{"code": "…", "refunded": false}
]
