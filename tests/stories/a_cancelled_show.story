# A show is cancelled: its tickets are no longer sold, and its buyers are refunded.
people: sofia ana ben
operators: olga

SEAT1 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet
SEAT2 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 5 --quiet
SEAT3 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 6 --quiet
OTHER = sofia$ ticketing sell --show "Carmen" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 50.00 --currency EUR --seat 6 --quiet

PAID = ana$ ticketing lock $SEAT1 --quiet
ana$ ticketing sandbox pay $PAID --card 4242424242424242
…
! …
ana$ ticketing pay $PAID
…
! …
OPEN = ben$ ticketing lock $SEAT2 --quiet

# Only an operator may cancel it, and must type the show's name.
sofia$ ticketing admin cancel-show $SEAT1 --confirm "Les Misérables"
! error: …
! hint: …
= 4

olga$ ticketing admin cancel-show $SEAT1 --confirm "Carmen"
! error: 'Carmen' is not Les Misérables; nothing was changed
= 2

olga$ ticketing admin cancel-show $SEAT1 --confirm "Les Misérables"
Les Misérables	2	…	done 1	EUR 97.90 TEST

ana$ ticketing orders
$PAID	$SEAT1	complete (show cancelled, refunded)	EUR 97.90	…

ben$ ticketing orders view $OPEN --json status,reason
{"status": "cancelled", "reason": "show_cancelled"}

ana$ ticketing list
$OTHER	Carmen	2031-11-30T19:30:00+01:00	Paris	A C 6	EUR 50.00	available	unverified

ben$ ticketing buy $SEAT3 --yes --max-total 100
! error: …
! hint: …
= 6

sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 7 --quiet
! error: Les Misérables was cancelled.
! hint: …
= 6

# The seller gets nothing; the receipt and the calendar show the cancellation.
sofia$ ticketing sales --json net,status
[
{"net": {"amount": 0, "currency": "EUR"}, "status": "refunded"}
]

ana$ ticketing orders receipt $PAID
…
  Sun 30 Nov 2031 19:30 (UTC+1) CANCELLED
…
  Refund of …, arrived                                    EUR -97.90
…
  Total                                                          EUR 0.00 TEST
…

ana$ ticketing orders receipt $PAID --ics -
…
STATUS:CANCELLED…
…

# Running the command again shows the progress.
olga$ ticketing admin cancel-show $SEAT1 --json done,refunds
{"done": true, "refunds": {"done": 1}}
