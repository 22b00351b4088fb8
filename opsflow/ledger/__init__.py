"""What happened: runs, their results and an audit that shows every change made to it.

place       where a ledger is: its URL, the state directory, file systems that it must not be on
schema      the tables, and how older ones become today's
store       what a database must do; `sqlite` and `postgres` do it
chain       the audit's rows, each holding the hash of all before it
writer      a thread that writes in batches while the run goes on
header      who runs what from where, with which files
packing     values as they are kept: without what can be made again, small, bounded
record      from a run's events to rows
outbox      messages to notifiers, until somebody has them
runs        which runs there are, and which of them is meant
control     what people ask of a run that goes on
replay      from rows to the run's events: whatever shows a run shows its record
audit       who changed what: queries, the chain verified
keeping     what is old goes

Rows are written by `record` alone, requests to a run by `control`. A ledger that fails is told of, and
stops a run only if it is required.
"""
