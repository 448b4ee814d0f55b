# Three people, one seat: sold, resold and given away. Only the last owner's code opens the gate.
people: sofia ana ben cem gus
operators: olga

TICKET = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet
olga$ ticketing admin role gus@example.org gate
…
! …

# Ana buys it from Sofia.
ONE = ana$ ticketing lock $TICKET --quiet
ana$ ticketing sandbox pay $ONE --card 4242424242424242
…
! …
ana$ ticketing pay $ONE
…
! …
FIRST = ana$ ticketing wallet view $TICKET --quiet

# Sofia cannot sell it once more, and Ana sells it on. Her code works until then.
sofia$ ticketing resell $TICKET --price 90
! …
! error: Only the owner can change or sell a ticket.
! hint: …
= 4

ana$ ticketing resell $TICKET --price 0.10
! error: …
!   --price …
= 2

ana$ ticketing resell $TICKET --price 120
on sale $TICKET: Les Misérables, section A, row C, seat 4, EUR 120.00
! Price EUR 120.00, fee EUR 6.00 (5 %): you receive EUR 114.00 TEST
! next: ticketing withdraw $TICKET takes it back

ana$ ticketing wallet
$TICKET	Les Misérables	2031-11-30T19:30:00+01:00	Paris	A C 4	$FIRST	on sale at EUR 120.00	unverified

# She takes it back, thinks again, and asks for less.
ana$ ticketing withdraw $TICKET
withdrew $TICKET: Les Misérables, section A, row C, seat 4; it is back in your wallet
! next: ticketing wallet view $TICKET

ana$ ticketing resell $TICKET --price 120 --quiet
$TICKET

ana$ ticketing edit $TICKET --price 99
changed $TICKET: Les Misérables, section A, row C, seat 4, EUR 99.00
! next: ticketing view $TICKET

ana$ ticketing transfer $TICKET --to cem@example.org
! error: The ticket is available.
! hint: …
= 6

# While Ben pays, the gate refuses it.
TWO = ben$ ticketing lock $TICKET --quiet
gus$ ticketing gate scan $TICKET --code $FIRST
REFUSE	being sold right now	section A, row C, seat 4	Les Misérables	
= 6

ben$ ticketing sandbox pay $TWO --card 4242424242424242
…
! …
ben$ ticketing pay $TWO
…
! …
SECOND = ben$ ticketing wallet view $TICKET --quiet

ana$ ticketing wallet view $TICKET
! error: There is no such ticket in your wallet.
! hint: …
= 5

# Ben gives it to Cem.
GIFT = ben$ ticketing transfer $TICKET --to cem@example.org --quiet
ben$ ticketing wallet
$TICKET	…	$SECOND	offered to cem@example.org until …
ben$ ticketing resell $TICKET --price 99
! …
! error: The ticket is offered to somebody. Cancel the transfer first.
! hint: …
= 6

ben$ ticketing transfers
$GIFT	from you	Les Misérables	A C 4	cem@example.org	offered	…
cem$ ticketing transfers
$GIFT	to you	Les Misérables	A C 4	b…@example.org	offered	…
ana$ ticketing transfers accept $GIFT
! error: There is no such transfer.
! hint: …
= 5

cem$ ticketing transfers accept $GIFT
accepted $TICKET: Les Misérables, section A, row C, seat 4; it is in your wallet
! next: ticketing wallet view $TICKET
THIRD = cem$ ticketing wallet view $TICKET --quiet

# At the gate the first two codes say why, and the third admits, once.
gus$ ticketing gate scan $TICKET
< $FIRST
< $SECOND
< $THIRD
REFUSE	replaced: a newer owner has this ticket, or its owner a newer code, since …	section A, row C, seat 4	Les Misérables	
REFUSE	replaced: a newer owner has this ticket, or its owner a newer code, since …	section A, row C, seat 4	Les Misérables	
ADMIT		section A, row C, seat 4	Les Misérables	adm_…
= 6

gus$ ticketing gate scan $TICKET --code $THIRD
REFUSE	already inside since …	section A, row C, seat 4	Les Misérables	
= 6

cem$ ticketing resell $TICKET --price 99
! …
! error: The ticket was admitted at the gate, and cannot be sold or given away any more.
! hint: …
= 6
