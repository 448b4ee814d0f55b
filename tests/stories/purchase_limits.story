# A buyer has at most four open orders; the error names the rule.
people: sofia ana

T1 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 1 --quiet
T2 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 2 --quiet
T3 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 3 --quiet
T4 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 4 --quiet
T5 = sofia$ ticketing sell --show "Les Misérables" --category theatre --venue Châtelet --city Paris --country FR --starts-at 2031-11-30T19:30:00+01:00 --section A --row C --price 97.90 --currency EUR --seat 5 --quiet
O1 = ana$ ticketing lock $T1 --quiet
O2 = ana$ ticketing lock $T2 --quiet
O3 = ana$ ticketing lock $T3 --quiet
O4 = ana$ ticketing lock $T4 --quiet

ana$ ticketing lock $T5
! error: … (rule: …)
! hint: pay or cancel one first; `ticketing orders` lists them
= 6

ana$ ticketing cancel $O1
…
! …

O5 = ana$ ticketing lock $T5 --quiet
