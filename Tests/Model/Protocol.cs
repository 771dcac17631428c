namespace OrleansGateway.Tests.Model;

/// <summary>
/// The protocol between askers, tenant activations, pool workers, the book and the upstream: every step that is possible in a world, faults
/// included. Calls may be lost or delivered late, replies may be lost, processes may end between any two steps; what is stored survives. A step
/// that only its own process could notice is one with the step before it.
/// </summary>
internal sealed class Protocol(Scenario scenario, Mutation mutation)
{
    private readonly Tenancy _tenancy = new(scenario, mutation);

    /// <summary>Whether nothing waits that the tenant would have to serve: an activation is loaded only for a reason.</summary>
    private static bool TenantIsNeeded(in World w)
    {
        for (var hold = 0; hold < Fold.Holds; hold++)
            if (w.Book[hold] == HoldState.Pending) return true;
        return !w.First.AskerIsDone || !w.Second.AskerIsDone || !w.First.PoolIsDone || !w.Second.PoolIsDone
            || (w.First.Ghosts | w.Second.Ghosts) != Ghosts.None;
    }

    public void StepsFrom(in World w, List<Move> moves)
    {
        for (var request = 0; request < 2; request++)
        {
            AskerSteps(w, request, moves);
            PoolSteps(w, request, moves);
        }
        for (var place = 0; place < 2; place++) StoreSteps(w, place, moves);
        if (TenantIsNeeded(w)) LoadSteps(w, moves);
    }

    private void AskerSteps(in World w, int request, List<Move> moves)
    {
        var r = w[request];
        var waiter = World.AskerOf(request);
        var awaits = w.IsAwaited(waiter);
        switch (r.Asker)
        {
            case Asker.Asks or Asker.AsksAgain:
                if (!awaits) _tenancy.Reserve(w, request, waiter, moves);
                // The call may be anywhere still.
                var ghost = awaits ? r : r with { Ghosts = r.Ghosts | Ghosts.Reserve };
                Add(moves, Step.AskerTimeOut, request, Tenancy.Fail(w.Unheard(waiter).With(request, ghost), waiter, Failure.Lost, mutation));
                Add(moves, Step.AskerDies, request, w.Unheard(waiter).With(request, ghost with { Asker = Asker.Gone }));
                break;
            case Asker.Releases:
                if (!awaits) _tenancy.Void(w, 2 * request, waiter, moves);
                else Add(moves, Step.AskerTimeOut, request, w.Unheard(waiter));
                Add(moves, Step.AskerDies, request, w.Unheard(waiter).With(request, r with { Asker = Asker.Gone }));
                break;
        }
        if (r.Ghosts.HasFlag(Ghosts.Reserve)) _tenancy.GhostReserve(w, request, moves);
        if (r.Ghosts.HasFlag(Ghosts.Renew)) _tenancy.GhostRenew(w, request, moves);
    }

    private void PoolSteps(in World w, int request, List<Move> moves)
    {
        var r = w[request];
        var waiter = World.PoolOf(request);
        var awaits = w.IsAwaited(waiter);
        var hold = (2 * request) + r.Try;
        switch (r.Pool)
        {
            case Pool.None or Pool.Over or Pool.Gone:
                return;
            case Pool.Calls:
                UpstreamSteps(w, request, moves);
                break;
            case Pool.Answered:
                if ((r.Kept & (1 << r.Try)) == 0) Add(moves, Step.Keep, request, w.With(request, Keep(r)));
                else Add(moves, Step.KeptConfirmed, request, Settle(w, request));
                break;
            case Pool.Posts or Pool.PostsLate:
                if (!awaits) _tenancy.Post(w, hold, waiter, moves);
                // The store is away for longer than the caller is left to wait. A keyed caller asks again and gets what the book says.
                if (r is { Pool: Pool.Posts, Asker: Asker.Waits })
                    Add(moves, Step.TellEarly, request, Tenancy.Tell(w, request, Told.EarlyCost, hold, Pool.PostsLate), Situations.ToldEarly);
                break;
            case Pool.Voids:
                if (!awaits) _tenancy.Void(w, hold, waiter, moves);
                break;
            case Pool.Renews:
                if (!awaits) _tenancy.Renew(w, hold, waiter, moves);
                Add(moves, Step.NothingMoreTried, request, w.Unheard(waiter).With(request, r with { Pool = awaits ? Pool.VoidsNext : Pool.Suspends }));
                break;
            case Pool.Suspends:
                if (!awaits) _tenancy.Suspend(w, hold, waiter, moves);
                break;
            case Pool.VoidsNext:
                if (!awaits) _tenancy.Void(w, hold + 1, waiter, moves);
                break;
            case Pool.KeepsLate:
                Add(moves, Step.KeptLate, request, w.With(request, Keep(r) with { Pool = Pool.Over }));
                break;
        }

        if (awaits || r.Pool == Pool.Renews)
        {
            var lost = awaits || r.Pool != Pool.Renews ? r : r with { Ghosts = r.Ghosts | Ghosts.Renew };
            Add(moves, Step.PoolTimeOut, request, Tenancy.Fail(w.Unheard(waiter).With(request, lost), waiter, Failure.Lost, mutation));
        }
        Add(moves, Step.PoolDies, request, PoolIsGone(w, request, r));
        if (r.Pool == Pool.Calls) Add(moves, Step.PoolDiesBilled, request, PoolIsGone(w, request, Bill(r)));
    }

    /// <summary>What the upstream makes of a call: it charges or it does not, and the pool learns of it or does not.</summary>
    private void UpstreamSteps(in World w, int request, List<Move> moves)
    {
        var r = w[request];
        var answered = w.With(request, Bill(r) with { Pool = Pool.Answered });
        Add(moves, Step.Answer, request, KeepsFirst ? answered : Settle(answered, request));
        Add(moves, Step.UpstreamRefusesForGood, request, w.With(request, r with { Pool = Pool.Voids }));
        var after = mutation switch
        {
            Mutation.RetryOnSameHold => Pool.Calls,
            Mutation.VoidOnUnknownOutcome => Pool.Voids,
            _ => r.Try == 0 ? Pool.Renews : Pool.Suspends,
        };
        Add(moves, Step.OutcomeUnknown, request, w.With(request, r with { Pool = after }));
        // A mutant that calls for ever is caught long before the upstream has charged three times.
        if (r.BilledOn(r.Try) < 2) Add(moves, Step.OutcomeUnknownBilled, request, w.With(request, Bill(r) with { Pool = after }));
    }

    private static void LoadSteps(in World w, List<Move> moves)
    {
        for (var place = 0; place < 2; place++)
        {
            if (w.At(place).Place != Place.Empty) continue;
            var seen = w.At(1 - place).Place == Place.Live ? Situations.TwoActivations : default;
            Add(moves, Step.Load, 0, w.WithActivation(place, new Activation(Place.Live, Fresh: true, w.Book, default)), seen);
            return; // two empty places are alike
        }
    }

    private void StoreSteps(in World w, int place, List<Move> moves)
    {
        var a = w.At(place);
        if (a.Place == Place.Empty) return;
        if (a.Place == Place.Orphan)
        {
            Add(moves, Step.OrphanIsLost, a.InFlight.Hold, w.WithActivation(place, default));
            Add(moves, Step.OrphanLands, a.InFlight.Hold, _tenancy.Land(w, place).WithActivation(place, default), Situations.LateLanding);
            return;
        }

        var orphan = a.InFlight.IsNone ? default : a with { Place = Place.Orphan, InFlight = a.InFlight with { Waiter = Waiter.Nobody }, View = default };
        Add(moves, Step.ActivationDies, 0, Tenancy.Fail(w.WithActivation(place, orphan), a.InFlight.Waiter, Failure.Lost, mutation), default, !a.Fresh);
        if (a.InFlight.IsNone)
        {
            _tenancy.Sweep(w, place, moves);
            return;
        }

        var landed = _tenancy.Land(w, place);
        Add(moves, Step.Confirmed, a.InFlight.Hold, _tenancy.Succeed(landed.WithActivation(place, landed.At(place) with { InFlight = default }), a.InFlight), default, !a.Fresh);
        Add(
            moves, Step.AcknowledgementLost, a.InFlight.Hold,
            Tenancy.Fail(landed.WithActivation(place, default), a.InFlight.Waiter, Failure.Unknown, mutation),
            Situations.LostAcknowledgement);
        Add(moves, Step.NotConfirmed, a.InFlight.Hold, Tenancy.Fail(w.WithActivation(place, orphan), a.InFlight.Waiter, Failure.Unknown, mutation));
    }

    private bool KeepsFirst => scenario.Keyed && mutation != Mutation.AnswerKeptAfterPosting;

    private World Settle(in World w, int request) => mutation == Mutation.ReplyBeforePosting
        ? Tenancy.Tell(w, request, Told.Cost, (2 * request) + w[request].Try, Pool.Posts)
        : w.With(request, w[request] with { Pool = Pool.Posts });

    private static Request Keep(Request r) => r with { Kept = (byte)(r.Kept | (1 << r.Try)) };

    // An upstream that is sent more than is held may charge as much.
    private Request Bill(Request r)
    {
        var charged = (byte)(mutation == Mutation.HoldSmallerThanSent ? 2 : 1);
        return r.Try == 0 ? r with { BilledFirst = (byte)(r.BilledFirst + charged) } : r with { BilledNext = (byte)(r.BilledNext + charged) };
    }

    private static World PoolIsGone(in World w, int request, Request r)
    {
        var waiter = World.PoolOf(request);
        var ghosts = r.Pool == Pool.Renews && !w.IsAwaited(waiter) ? r.Ghosts | Ghosts.Renew : r.Ghosts;
        var gone = w.Unheard(waiter).With(request, r with { Pool = Pool.Gone, Ghosts = ghosts });
        // Its asker hears of that, or has been told already.
        return r.Asker == Asker.Waits ? gone.With(request, gone[request] with { Asker = Asker.Gone }) : gone;
    }

    private static void Add(List<Move> moves, Step step, int request, World to, Situations seen = default, bool stale = false) =>
        moves.Add(new Move(step, (byte)request, stale, seen, to));
}
