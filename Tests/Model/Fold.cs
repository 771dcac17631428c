using System.Runtime.InteropServices;

namespace OrleansGateway.Tests.Model;

/// <summary>
/// What a book's entries add up to. Two requests with two holds each: hold <c>2 × request</c> is the request's first, the one after it what a renewal
/// makes. Every hold is of one unit of money, and an answer costs what was held.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct Fold(ushort Bits)
{
    public const int Holds = 4;

    private const int LastShift = 12;

    public HoldState this[int hold] => (HoldState)((Bits >> (3 * hold)) & 7);

    /// <summary>The request that got the newest hold, or -1.</summary>
    public int LastRequest => (Bits >> LastShift) - 1;

    /// <summary>Everything that counts against the limit.</summary>
    public int Counted
    {
        get
        {
            var sum = 0;
            for (var hold = 0; hold < Holds; hold++) sum += Counts(this[hold]);
            return sum;
        }
    }

    /// <summary>A request's newest hold, or -1. What was voided without having been held, to fence it, is none.</summary>
    public int NewestOf(int request)
    {
        var (first, next) = (this[2 * request], this[(2 * request) + 1]);
        if (next != HoldState.None && !(next == HoldState.Void && first == HoldState.Pending)) return (2 * request) + 1;
        return first == HoldState.None ? -1 : 2 * request;
    }

    public Fold Apply(Entry entry)
    {
        var state = this[entry.Hold];
        return entry.Kind switch
        {
            EntryKind.Held => Hold(entry.Hold),
            EntryKind.Posted => With(entry.Hold, state is HoldState.Posted or HoldState.Absorbed or HoldState.PostedTwice ? HoldState.PostedTwice : HoldState.Posted),
            EntryKind.Absorbed => With(entry.Hold, state is HoldState.Posted or HoldState.Absorbed ? HoldState.PostedTwice : HoldState.Absorbed),
            EntryKind.Voided => state is HoldState.None or HoldState.Pending or HoldState.Suspense ? With(entry.Hold, HoldState.Void) : this,
            EntryKind.Suspended => state == HoldState.Pending ? With(entry.Hold, HoldState.Suspense) : this,
            EntryKind.Renewed => With(entry.Hold, HoldState.Suspense).Hold(entry.Hold + 1),
            EntryKind.Closed => With(entry.Hold, HoldState.Uncharged),
            _ => this,
        };
    }

    public override string ToString()
    {
        var bits = this;
        return string.Join(' ', Enumerable.Range(0, Holds).Where(h => bits[h] != HoldState.None).Select(h => $"{(h / 2) + 1}/{(h % 2) + 1}:{bits[h]}"));
    }

    private static int Counts(HoldState state) => state switch
    {
        HoldState.Pending or HoldState.Suspense or HoldState.Posted or HoldState.Absorbed => 1,
        HoldState.PostedTwice => 2,
        _ => 0,
    };

    private Fold Hold(int hold)
    {
        var held = With(hold, HoldState.Pending);
        return new Fold((ushort)((held.Bits & ((1 << LastShift) - 1)) | (((hold / 2) + 1) << LastShift)));
    }

    private Fold With(int hold, HoldState state) => new((ushort)((Bits & ~(7 << (3 * hold))) | ((int)state << (3 * hold))));
}
