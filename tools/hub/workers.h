#ifndef SV_WORKERS_H
#define SV_WORKERS_H

#include <jansson.h>
#include <stdint.h>

#include "hub.h"

/*
 * The hub's side of the workers: who comes, who is lost, who takes over from
 * whom, and who is none.
 */

/* seats.c */

/**
 * seats_ask(h):
 * Ask for every shard's first worker.
 */
void seats_ask(struct hub *h);

/**
 * seats_on_message(h):
 * Take what workers sent, but not without end.
 */
void seats_on_message(struct hub *h);

/**
 * seats_dismiss(h):
 * Send everybody the last word.
 */
void seats_dismiss(struct hub *h);

/**
 * seats_tell(h, to, type, op, why):
 * Send a small frame with a reason, or NULL, to one connection.
 */
void seats_tell(struct hub *h, const struct sv_star_id *to, enum sv_type type,
    enum sv_op op, const char *why);

/**
 * seats_worker(h, shard, generation):
 * The worker of that generation, at work or to take over, or NULL.
 */
struct worker *seats_worker(struct hub *h, uint32_t shard,
    uint32_t generation);

/* loss.c */

/**
 * loss_ask(h, shard, w):
 * Ask for the shard's next generation, to be ${w} of its seat.
 */
void loss_ask(struct hub *h, uint32_t shard, struct worker *w);

/**
 * loss_of(h, shard, generation, why):
 * That worker is gone, or of no use: dismiss it, record it, and see that there
 * is another, or give up.
 */
void loss_of(struct hub *h, uint32_t shard, uint32_t generation,
    const char *why);

/**
 * loss_count(h, shard, w, why):
 * Count ${w} as lost; -1 if it was one too many, and the job is over.
 */
int loss_count(struct hub *h, uint32_t shard, const struct worker *w,
    const char *why);

/**
 * loss_forget(h, shard, w):
 * ${w} is over: where it was of use for a good while, losses before it do not
 * count against the shard any more.
 */
void loss_forget(struct hub *h, uint32_t shard, const struct worker *w);

/**
 * loss_leave(h, shard, generation, why):
 * The same for a worker that goes in good order, which does not count against
 * the limits if it has sent any update.
 */
void loss_leave(struct hub *h, uint32_t shard, uint32_t generation,
    const char *why);

/**
 * loss_on_time(h):
 * Lose workers that are overdue.
 */
void loss_on_time(struct hub *h);

/* handover.c */

/**
 * handover_on_time(h):
 * Ask for successors of those whose time is nearly up, and lose those that do
 * not hand over.
 */
void handover_on_time(struct hub *h);

/**
 * handover_started(h, w):
 * ${w} has said its first hello: note how long that took.
 */
void handover_started(struct hub *h, const struct worker *w);

/**
 * handover_begin(h, shard):
 * If a successor is here ask for the state, as soon as that can be.
 */
void handover_begin(struct hub *h, uint32_t shard);

/**
 * handover_finish(h, shard):
 * The state is whole: the successor takes over.
 */
void handover_finish(struct hub *h, uint32_t shard);

/**
 * handover_pass(h, shard):
 * The seat is the successor's, here or not, from now on; there must be one.
 */
void handover_pass(struct hub *h, uint32_t shard);

/* states.c */

/**
 * states_ask(h, shard, saving):
 * Ask the shard's worker for its state, or once more if its connection is new;
 * where it is still being given one, after that.
 */
void states_ask(struct hub *h, uint32_t shard, enum saving saving);

/**
 * states_on_part(h, m):
 * A part of a state has come from the worker of the seat; closes the payload.
 */
void states_on_part(struct hub *h, struct sv_star_message *m);

/**
 * states_of_master(h, f):
 * The master gives a state, of an earlier run; takes over the payload.
 */
void states_of_master(struct hub *h, struct sv_frame *f);

/**
 * states_give(h, shard):
 * Begin to give the worker of the seat the newest state that there is.
 */
void states_give(struct hub *h, uint32_t shard);

/**
 * states_again(h, shard):
 * Its connection is new: give it what may not have arrived.
 */
void states_again(struct hub *h, uint32_t shard);

/**
 * states_pump(h, shard):
 * Go on with that: return 1 when all of it has been sent.
 */
int states_pump(struct hub *h, uint32_t shard);

/**
 * states_on_time(h):
 * Go on with what did not find room to be sent.
 */
void states_on_time(struct hub *h);

/**
 * states_waiting(h):
 * Is there any of that?
 */
int states_waiting(const struct hub *h);

/**
 * states_forget(h, shard), states_anew(h, shard), states_clear(k):
 * What was being asked for is of no interest any more; nor is what was given or
 * sent, since the worker is another one; free a state.
 */
void states_forget(struct hub *h, uint32_t shard);
void states_anew(struct hub *h, uint32_t shard);
void states_clear(struct kept *k);

/* replay.c */

/**
 * replay_note(h):
 * The global under way is one that may have to be made again.
 */
void replay_note(struct hub *h);

/**
 * replay_trim(h):
 * Forget those that no saved state is behind.
 */
void replay_trim(struct hub *h);

/**
 * replay_begin(h, shard, round):
 * The shard's worker has the state of ${round}: begin to send it what came
 * after that, one by one, but for the global under way.  Return how many those
 * are, 0 where there are none or not all are known any more.
 */
uint32_t replay_begin(struct hub *h, uint32_t shard, uint32_t round);

/**
 * replay_on_update(h, f):
 * Is ${f} the answer to such a one?  Then go on, and return 1.
 */
int replay_on_update(struct hub *h, const struct sv_frame *f);
void replay_close(struct hub *h);

/* keys.c */

/**
 * keys_open(h):
 * Before the star is bound: a pair of the hub's own, and who answers ZAP.
 * Return 0, or -1 after a line on stderr.
 */
int keys_open(struct hub *h);
void keys_close(struct hub *h);

/**
 * keys_make(h, shard, w), keys_drop(h, w):
 * Where the link is encrypted: a pair for the worker ${w}, with which it may
 * connect from now on; it may no more.  The first returns -1 if that cannot be.
 */
int keys_make(struct hub *h, uint32_t shard, struct worker *w);
void keys_drop(struct hub *h, struct worker *w);

/**
 * keys_json(h, w):
 * What the worker is told: {"keys":...}, or NULL where the link is not
 * encrypted.
 */
json_t *keys_json(const struct hub *h, const struct worker *w);

/**
 * keys_on_question(h):
 * Somebody wants to connect.
 */
void keys_on_question(struct hub *h);

/* peers.c */

/**
 * peers_on_event(h):
 * Connections have come or gone.
 */
void peers_on_event(struct hub *h);

/**
 * peers_on_time(h):
 * Let people in again; lose workers whose connection does not come back.
 */
void peers_on_time(struct hub *h);

/**
 * peers_cut(h, shard, w):
 * The connection of the worker ${w} is gone; it may come back.
 */
void peers_cut(struct hub *h, uint32_t shard, struct worker *w);

/**
 * peers_refuse(h, to, f, why):
 * Send a worker away that is not needed, and note it.
 */
void peers_refuse(struct hub *h, const struct sv_star_id *to,
    const struct sv_frame *f, const char *why);

/**
 * peers_useless(h), peers_judge(h, m, useless):
 * How many messages have been of no use so far; the message ${m} was, or was
 * not: a connection on which nothing else comes is cut.
 */
uint64_t peers_useless(const struct hub *h);
void peers_judge(struct hub *h, const struct sv_star_message *m, int useless);

/**
 * peers_record(h):
 * At the end: what came that was of no use.
 */
void peers_record(struct hub *h);

#endif /* !SV_WORKERS_H */
