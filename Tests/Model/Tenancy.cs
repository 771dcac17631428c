namespace OrleansGateway.Tests.Model;

/// <summary>Why a call to the tenant came to nothing.</summary>
internal enum Failure
{
    /// <summary>The activation was behind: nothing was written.</summary>
    Stale,

    /// <summary>The store did not confirm: nobody knows what was written.</summary>
    Unknown,

    /// <summary>No answer came.</summary>
    Lost,
}

/// <summary>Calls that reach an activation of the tenant, whichever it is, and what becomes of them.</summary>
internal sealed class Tenancy(Scenario scenario, Mutation mutation)
{
    private readonly TenantRules _rules = new(scenario, mutation);

    public void Reserve(in World w, int request, Waiter waiter, List<Move> moves)
    {
        for (var place = 0; place < 2; place++)
        {
            if (!w.At(place).Decides) continue;
            var decision = _rules.Reserve(w.At(place).View, request, KeptOf(w));
            var r = w[request];
            switch (decision.Verdict)
            {
                case Verdict.Granted:
                    Add(moves, Step.Reserve, request, w, place, Dispatch(w, request), Situations.GrantedAgain);
                    break;
                case Verdict.Replayed:
                    Add(moves, Step.Reserve, request, w, place, Replay(w, request, decision.Hold), decision.Seen);
                    break;
                case Verdict.Refused when r.Asker == Asker.Asks || mutation == Mutation.RefusalKeepsFirstHold:
                    Add(moves, Step.Reserve, request, w, place, w.With(request, r with { Asker = Asker.Refused }), decision.Seen);
                    break;
                case Verdict.Refused or Verdict.HoldClosed:
                    // What the first call got, or may yet get, goes back.
                    Add(moves, Step.Reserve, request, w, place, w.With(request, r with { Asker = Asker.Releases }), decision.Seen);
                    break;
                default:
                    Append(w, place, decision, waiter, Step.Reserve, request, moves);
                    break;
            }
        }
    }

    /// <summary>A call for a hold that nobody waits for reaches an activation, or is lost for good.</summary>
    public void GhostReserve(in World w, int request, List<Move> moves)
    {
        var gone = w.With(request, w[request] with { Ghosts = w[request].Ghosts & ~Ghosts.Reserve });
        Add(moves, Step.GhostLost, request, w, 0, gone, default);
        for (var place = 0; place < 2; place++)
        {
            if (!gone.At(place).Decides) continue;
            var decision = _rules.Reserve(gone.At(place).View, request, KeptOf(gone));
            if (decision.Verdict == Verdict.Append)
                Append(gone, place, decision with { Seen = decision.Seen | Situations.GhostCall }, Waiter.Nobody, Step.GhostReserve, request, moves);
        }
    }

    /// <summary>The same for a renewal.</summary>
    public void GhostRenew(in World w, int request, List<Move> moves)
    {
        var gone = w.With(request, w[request] with { Ghosts = w[request].Ghosts & ~Ghosts.Renew });
        for (var place = 0; place < 2; place++)
        {
            if (!gone.At(place).Decides) continue;
            var decision = _rules.Renew(gone.At(place).View, 2 * request);
            if (decision.Verdict == Verdict.Append)
                Append(gone, place, decision with { Seen = decision.Seen | Situations.GhostCall }, Waiter.Nobody, Step.GhostRenew, request, moves);
        }
        Add(moves, Step.GhostLost, request, w, 0, gone, default);
    }

    public void Post(in World w, int hold, Waiter waiter, List<Move> moves) => Ask(w, hold, waiter, Step.PostAtTenant, view => _rules.Post(view, hold), moves);

    public void Void(in World w, int hold, Waiter waiter, List<Move> moves) => Ask(w, hold, waiter, Step.VoidAtTenant, view => _rules.Void(view, hold), moves);

    public void Suspend(in World w, int hold, Waiter waiter, List<Move> moves) => Ask(w, hold, waiter, Step.SuspendAtTenant, view => TenantRules.Suspend(view, hold), moves);

    public void Renew(in World w, int hold, Waiter waiter, List<Move> moves) => Ask(w, hold, waiter, Step.RenewAtTenant, view => _rules.Renew(view, hold), moves);

    /// <summary>A deadline passes whenever it likes: nothing may depend on clocks.</summary>
    public void Sweep(in World w, int place, List<Move> moves)
    {
        for (var hold = 0; hold < Fold.Holds; hold++)
            if (w.At(place).View[hold] == HoldState.Pending) Append(w, place, _rules.Expire(hold), Waiter.Nobody, Step.Sweep, hold, moves);
    }

    /// <summary>The append in flight is in the book. Whoever read the book before is behind, and what those have in flight is refused.</summary>
    public World Land(in World w, int place)
    {
        var landed = w with { Book = w.Book.Apply(w.At(place).InFlight) };
        var other = w.At(1 - place);
        if (other.Place == Place.Empty) return landed;
        if (mutation == Mutation.AppendWithoutCount) return landed.WithActivation(1 - place, other with { Fresh = false });
        return other.InFlight.IsNone
            ? landed.WithActivation(1 - place, other with { Fresh = false })
            : Fail(landed.WithActivation(1 - place, default), other.InFlight.Waiter, Failure.Stale, mutation);
    }

    /// <summary>An append is confirmed, and whoever waits for it hears.</summary>
    public World Succeed(in World w, Entry entry)
    {
        var request = RequestOf(entry.Waiter);
        switch (entry.Waiter)
        {
            case Waiter.Nobody:
                return w;
            case Waiter.FirstAsker or Waiter.SecondAsker:
                return entry.Kind switch
                {
                    EntryKind.Held => Dispatch(w, request),
                    EntryKind.Voided => w.With(request, w[request] with { Asker = Asker.Refused }),
                    _ => Replay(w, request, entry.Hold),
                };
            default:
                return entry.Kind switch
                {
                    EntryKind.Posted => Tell(w, request, Told.Cost, entry.Hold, AfterPosting),
                    EntryKind.Absorbed => Tell(w, request, Told.NoCost, entry.Hold, AfterPosting),
                    EntryKind.Renewed => w.With(request, w[request] with { Pool = Pool.Calls, Try = 1 }),
                    EntryKind.Closed => w,
                    _ => Ended(w, request),
                };
        }
    }

    /// <summary>A call came to nothing, and whoever waited for it does the next best thing.</summary>
    public static World Fail(in World w, Waiter waiter, Failure failure, Mutation mutation)
    {
        if (waiter == Waiter.Nobody) return w;
        var request = RequestOf(waiter);
        var r = w[request];
        if (waiter is Waiter.FirstAsker or Waiter.SecondAsker)
        {
            return w.With(request, r.Asker switch
            {
                Asker.Asks when failure != Failure.Unknown => r with { Asker = Asker.AsksAgain },
                Asker.Asks or Asker.AsksAgain => r with { Asker = Asker.Releases },
                _ => r,
            });
        }
        if (r.Pool != Pool.Renews || failure == Failure.Stale) return w;
        return w.With(request, r with { Pool = mutation == Mutation.UnheardRenewalIsLeft ? Pool.Suspends : Pool.VoidsNext });
    }

    /// <summary>The pool is through with its answer; the caller hears if its asker is there still and has not been told.</summary>
    public static World Tell(in World w, int request, Told told, int hold, Pool pool)
    {
        var r = w[request] with { Pool = pool };
        return w.With(request, r.Asker == Asker.Waits ? r with { Asker = Asker.Told, Told = told, ToldOf = (byte)hold } : r);
    }

    private Pool AfterPosting => scenario.Keyed && mutation == Mutation.AnswerKeptAfterPosting ? Pool.KeepsLate : Pool.Over;

    private void Ask(in World w, int hold, Waiter waiter, Step step, Func<Fold, Decision> rule, List<Move> moves)
    {
        var request = RequestOf(waiter);
        for (var place = 0; place < 2; place++)
        {
            var a = w.At(place);
            if (!a.Decides) continue;
            var decision = rule(a.View);
            if (decision.Verdict == Verdict.Append)
            {
                Append(w, place, decision, waiter, step, hold, moves);
                continue;
            }
            // An activation that does not know a hold makes sure that it is not behind before it says anything.
            var mustLook = decision.Verdict == Verdict.Unknown && !a.Fresh;
            var to = mustLook && mutation != Mutation.StaleActivationAnswers
                ? Fail(w.WithActivation(place, default), waiter, Failure.Stale, mutation)
                : Answered(w, request, waiter, step, hold, a.View[hold]);
            Add(moves, step, hold, w, place, to, mustLook ? Situations.StaleAndUnknown : default);
        }
    }

    /// <summary>What the waiter makes of an answer for which nothing was appended: the hold's first ending stands.</summary>
    private World Answered(in World w, int request, Waiter waiter, Step step, int hold, HoldState state)
    {
        if (waiter is Waiter.FirstAsker or Waiter.SecondAsker) return w.With(request, w[request] with { Asker = Asker.Refused });
        if (step == Step.PostAtTenant)
            return Tell(w, request, state is HoldState.Posted or HoldState.PostedTwice ? Told.Cost : Told.NoCost, hold, AfterPosting);
        return Ended(w, request);
    }

    /// <summary>The pool has ended its hold without an answer. Its asker tells the caller that the call failed.</summary>
    private static World Ended(in World w, int request)
    {
        var r = w[request];
        if (r.Pool == Pool.VoidsNext) return w.With(request, r with { Pool = Pool.Suspends });
        return w.With(request, r with { Pool = Pool.Over, Asker = r.Asker == Asker.Waits ? Asker.Gone : r.Asker });
    }

    private void Append(in World w, int place, Decision decision, Waiter waiter, Step step, int subject, List<Move> moves)
    {
        var a = w.At(place);
        var seen = decision.Seen | (decision.Entry == EntryKind.Absorbed ? Situations.SecondPostingAbsorbed : default);
        if (!a.Fresh && mutation != Mutation.AppendWithoutCount)
        {
            // It lands nowhere: the book has gone on.
            Add(moves, step, subject, w, place, Fail(w.WithActivation(place, default), waiter, Failure.Stale, mutation), Situations.StaleAppendRefused);
            return;
        }
        var to = w;
        if (mutation == Mutation.GrantBeforeAppend && decision.Entry == EntryKind.Held && waiter != Waiter.Nobody)
        {
            to = Dispatch(w, RequestOf(waiter));
            waiter = Waiter.Nobody;
        }
        var entry = new Entry(decision.Entry, (byte)decision.Hold, waiter);
        Add(moves, step, subject, w, place, to.WithActivation(place, a with { View = a.View.Apply(entry), InFlight = entry }), seen);
    }

    private static World Dispatch(in World w, int request) => w.With(request, w[request] with { Asker = Asker.Waits, Pool = Pool.Calls });

    private static World Replay(in World w, int request, int hold) => w.With(request, w[request] with { Asker = Asker.Told, Told = Told.Replay, ToldOf = (byte)hold });

    private static int KeptOf(in World w) => w.First.Kept | (w.Second.Kept << 2);

    private static int RequestOf(Waiter waiter) => waiter is Waiter.FirstAsker or Waiter.FirstPool ? 0 : 1;

    private static void Add(List<Move> moves, Step step, int subject, in World w, int place, World to, Situations seen) =>
        moves.Add(new Move(step, (byte)subject, w.At(place) is { Place: Place.Live, Fresh: false }, seen, to));
}
