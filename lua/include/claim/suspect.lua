-- A suspect is a job that was running when its worker process died. It runs alone from then on, until an attempt has
-- ended in another way. It waits behind all others, where no ordinary claim looks; <queue>:suspects lists the waiting
-- suspects by the time since which they wait. The field suspect of its hash counts its doubtful crashes: those that
-- another job may have caused.

local suspect_reason = 'its worker process died: it runs alone, on a worker that runs nothing else'
