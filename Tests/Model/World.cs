using System.Runtime.InteropServices;

namespace OrleansGateway.Tests.Model;

/// <summary>One state of everything: the book, both places where the tenant may be active, both requests. Comparable by its bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct World(Fold Book, Activation Left, Activation Right, Request First, Request Second)
{
    public Request this[int request] => request == 0 ? First : Second;

    public int Billed => First.BilledFirst + First.BilledNext + Second.BilledFirst + Second.BilledNext;

    /// <summary>Nothing is under way, and nothing is pending that a sweep would find.</summary>
    public bool IsAtRest
    {
        get
        {
            if (!First.AskerIsDone || !Second.AskerIsDone || !First.PoolIsDone || !Second.PoolIsDone) return false;
            if (!Left.InFlight.IsNone || !Right.InFlight.IsNone) return false;
            for (var hold = 0; hold < Fold.Holds; hold++)
                if (Book[hold] is HoldState.Pending) return false;
            return true;
        }
    }

    public static Waiter AskerOf(int request) => request == 0 ? Waiter.FirstAsker : Waiter.SecondAsker;

    public static Waiter PoolOf(int request) => request == 0 ? Waiter.FirstPool : Waiter.SecondPool;

    public Activation At(int place) => place == 0 ? Left : Right;

    public World With(int request, Request next) => request == 0 ? this with { First = next } : this with { Second = next };

    public World WithActivation(int place, Activation next) => place == 0 ? this with { Left = next } : this with { Right = next };

    public bool IsAwaited(Waiter waiter) => Left.InFlight.Waiter == waiter || Right.InFlight.Waiter == waiter;

    /// <summary>The waiter listens no more: its call timed out, or it crashed.</summary>
    public World Unheard(Waiter waiter)
    {
        var world = this;
        for (var place = 0; place < 2; place++)
        {
            var activation = world.At(place);
            if (activation.InFlight.Waiter == waiter)
                world = world.WithActivation(place, activation with { InFlight = activation.InFlight with { Waiter = Waiter.Nobody } });
        }
        return world;
    }

    /// <summary>
    /// The same world without what can make no difference any more: what was told has been checked, late calls that every activation would
    /// ignore, the order of the two places.
    /// </summary>
    public World Canonical()
    {
        var world = this with { First = Settled(0), Second = Settled(1) };
        return Order(Left) <= Order(Right) ? world : world with { Left = Right, Right = Left };
    }

    public bool Equals(World other) => Bytes(in this).SequenceEqual(Bytes(in other));

    public override int GetHashCode()
    {
        var bytes = Bytes(in this);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var hash = 0x9E3779B97F4A7C15ul;
        foreach (var word in words) hash = (hash ^ word) * 0xD6E8FEB86659FD93ul ^ (hash >> 29);
        foreach (var rest in bytes[(words.Length * 8)..]) hash = (hash ^ rest) * 0xD6E8FEB86659FD93ul;
        return (int)(hash ^ (hash >> 32));
    }

    private static ReadOnlySpan<byte> Bytes(in World world) => MemoryMarshal.AsBytes(new ReadOnlySpan<World>(in world));

    private Request Settled(int request)
    {
        var (r, first, next) = (this[request], Book[2 * request], Book[(2 * request) + 1]);
        if (first != HoldState.None) r = r with { Ghosts = r.Ghosts & ~Ghosts.Reserve };
        if (first is not (HoldState.None or HoldState.Pending) || next != HoldState.None) r = r with { Ghosts = r.Ghosts & ~Ghosts.Renew };
        if (r.Asker == Asker.Told && (r.Told != Told.EarlyCost || Book[r.ToldOf] is HoldState.Posted or HoldState.Absorbed))
            r = r with { Asker = Asker.Gone, Told = Told.Nothing, ToldOf = 0 };
        if (r.Asker == Asker.Refused && first == HoldState.Void) r = r with { Asker = Asker.Gone };
        if (r.Asker == Asker.Waits && r.PoolIsDone) r = r with { Asker = Asker.Gone };
        if (r.Pool == Pool.Over && (r.Try == 1 || next == HoldState.Void)) r = r with { Pool = Pool.Gone };
        return r.Pool == Pool.Gone ? r with { Try = 0 } : r;
    }

    private static long Order(Activation a) =>
        ((long)a.Place << 56) | ((a.Fresh ? 1L : 0) << 48) | ((long)a.View.Bits << 24) | ((long)a.InFlight.Kind << 16) | ((long)a.InFlight.Hold << 8) | (long)a.InFlight.Waiter;
}
