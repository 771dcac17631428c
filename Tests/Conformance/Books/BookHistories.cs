using System.Globalization;
using System.Text;
using CsCheck;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>Random histories, played to a store and to the model beside it: every answer must be the same.</summary>
internal sealed class BookHistories
{
    private const int Tenants = 3;

    private static readonly Gen<int> Tenant = Gen.Int[0, Tenants - 1];

    private static readonly Gen<BookStep> Steps = Gen.Frequency(
        (8, Gen.Select(Tenant, Gen.Int[0, 70]).Select((tenant, entries) => (BookStep)new BookStep.Append(tenant, 0, entries))),
        (3, Gen.Select(Tenant, Gen.Int[-5, 3], Gen.Int[0, 4]).Select((tenant, off, entries) => (BookStep)new BookStep.Append(tenant, off, entries))),
        (2, Gen.Select(Tenant, Gen.Int[0, 4]).Select((tenant, back) => (BookStep)new BookStep.Repeat(tenant, back))),
        (3, Gen.Select(Tenant, Gen.Int[-2, 150]).Select((tenant, from) => (BookStep)new BookStep.Read(tenant, from))),
        (1, Tenant.Select(tenant => (BookStep)new BookStep.Count(tenant))),
        (1, Gen.Const((BookStep)new BookStep.Disturb())));

    private int _entries;
    private int _stale;
    private int _foundAgain;
    private int _longReads;

    /// <summary>The book is asked for anew at each step; the disturbance is something that must make no difference: a restart, a new day.</summary>
    public static async Task CheckAsync(Func<IBook> book, Func<Task> disturb, long histories)
    {
        var seen = new BookHistories();
        var number = 0;
        await Steps.Array[1, 40].SampleAsync(
            async steps => await seen.PlayAsync(steps, book, disturb, $"{Guid.NewGuid():N}-{++number}-"), iter: histories, threads: 1);

        // The interesting cases were among them.
        Assert.True(seen._stale > 10, $"only {seen._stale} stale appends");
        Assert.True(seen._foundAgain > 10, $"only {seen._foundAgain} repeated appends");
        Assert.True(seen._longReads > 10, $"only {seen._longReads} reads over a page");
    }

    private async Task PlayAsync(BookStep[] steps, Func<IBook> book, Func<Task> disturb, string prefix)
    {
        var model = new InMemoryBook();
        var done = Enumerable.Range(0, Tenants).Select(_ => new List<(long Expected, IReadOnlyList<ReadOnlyMemory<byte>> Entries)>()).ToArray();
        foreach (var step in steps)
        {
            switch (step)
            {
                case BookStep.Append append:
                    var expected = Math.Max(await model.CountAsync(Name(append.Tenant), default) + append.OffBy, 0);
                    var entries = Enumerable.Range(0, append.Entries).Select(_ => NewEntry()).ToList();
                    done[append.Tenant].Add((expected, entries));
                    _stale += await AppendToBothAsync(append.Tenant, expected, entries) ? 0 : 1;
                    break;
                case BookStep.Repeat repeat when done[repeat.Tenant] is { Count: > 0 } earlier:
                    var again = earlier[Math.Max(earlier.Count - 1 - repeat.Back, 0)];
                    _foundAgain += await AppendToBothAsync(repeat.Tenant, again.Expected, again.Entries) && again.Entries.Count > 0 ? 1 : 0;
                    break;
                case BookStep.Read read:
                    var wanted = await model.AllAsync(Name(read.Tenant), read.From);
                    Assert.Equal(wanted, await book().AllAsync(Name(read.Tenant), read.From));
                    Assert.Equal(Shown(await model.FindAsync(Name(read.Tenant), read.From, default)), Shown(await book().FindAsync(Name(read.Tenant), read.From, default)));
                    _longReads += wanted.Count > BookPage.Size ? 1 : 0;
                    break;
                case BookStep.Count count:
                    Assert.Equal(await model.CountAsync(Name(count.Tenant), default), await book().CountAsync(Name(count.Tenant), default));
                    break;
                case BookStep.Disturb:
                    await disturb();
                    break;
            }
        }

        for (var tenant = 0; tenant < Tenants; tenant++)
        {
            Assert.Equal(await model.AllAsync(Name(tenant)), await book().AllAsync(Name(tenant)));
        }

        string Name(int tenant) => prefix + tenant;

        async Task<bool> AppendToBothAsync(int tenant, long expected, IReadOnlyList<ReadOnlyMemory<byte>> entries)
        {
            var wanted = await model.AppendAsync(Name(tenant), expected, entries, default);
            Assert.Equal(wanted, await book().AppendAsync(Name(tenant), expected, entries, default));
            return wanted.Appended;
        }
    }

    private static string? Shown(RawEntry? entry) => entry is { } one ? $"{one.Seq}:{Encoding.UTF8.GetString(one.Bytes.Span)}" : null;

    // No two alike, as the contract asks; of many sizes.
    private ReadOnlyMemory<byte> NewEntry()
    {
        var number = ++_entries;
        return Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture).PadLeft(number * 37 % 1500, '.'));
    }
}
