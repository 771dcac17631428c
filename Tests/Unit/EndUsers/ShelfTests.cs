using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.EndUsers;

public sealed class ShelfTests
{
    private static readonly GrainId Grain = GrainId.Create("tenant", "acme");

    private readonly FakeGrainStorage _storage = new();

    [Fact]
    public async Task Calls_that_wait_for_the_same_item_share_one_read()
    {
        var gate = new TaskCompletionSource();
        _storage.Reading = _ => gate.Task;
        var shelf = NewShelf();

        var first = shelf.ReadingOf("ann")!;
        Assert.Same(first, shelf.ReadingOf("ann"));
        Assert.Throws<InvalidOperationException>(() => shelf.Get("ann"));
        gate.SetResult();
        await first;

        Assert.Null(shelf.ReadingOf("ann"));
        Assert.Equal((1, 0), (_storage.Reads, shelf.Get("ann").Value));
    }

    [Fact]
    public async Task A_read_that_fails_fails_those_who_wait_and_the_next_reads_again()
    {
        var shelf = NewShelf();
        _storage.Reading = _ => throw new TimeoutException("slow");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => shelf.ReadingOf("ann")!);
        _storage.Reading = null;

        await shelf.ReadingOf("ann")!;

        Assert.Null(shelf.ReadingOf("ann"));
    }

    [Fact]
    public async Task Only_what_changed_is_copied_and_what_could_not_be_stored_is_copied_again()
    {
        var shelf = NewShelf();
        await shelf.BringAsync(Enumerable.Range(0, 500).Select(i => $"user {i}"));
        for (var i = 0; i < 500; i++) Set(shelf, $"user {i}", i);
        await StoreAsync(shelf, 1);
        Assert.Equal(500, _storage.Writes);
        Assert.Null(shelf.CopyChanged(2));

        Set(shelf, "user 3", 33);
        Set(shelf, "user 4", 44);
        _storage.Fate = _ => WriteFate.LandsUnconfirmed;
        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => StoreAsync(shelf, 3));
        _storage.Fate = null;
        Set(shelf, "user 5", 55);
        await StoreAsync(shelf, 4);

        var again = NewShelf();
        await again.BringAsync(["user 2", "user 3", "user 4", "user 5"]);
        Assert.Equal([2, 33, 44, 55], new[] { "user 2", "user 3", "user 4", "user 5" }.Select(user => again.Get(user).Value));
        Assert.Equal([1L, 4L, 4L, 4L], new[] { "user 2", "user 3", "user 4", "user 5" }.Select(user => again.Get(user).FoldedTo));
    }

    [Fact]
    public async Task Of_two_activations_that_store_an_item_the_one_that_goes_further_stays()
    {
        var frozen = NewShelf();
        var live = NewShelf();
        await frozen.ReadingOf("ann")!;
        await live.ReadingOf("ann")!;
        Set(frozen, "ann", 1);
        var late = frozen.CopyChanged(1)!;
        Set(live, "ann", 2);
        await StoreAsync(live, 2);

        await late.StoreAsync();
        late.Settle();

        var again = NewShelf();
        await again.ReadingOf("ann")!;
        Assert.Equal((2, 2L), (again.Get("ann").Value, again.Get("ann").FoldedTo));
    }

    [Fact]
    public async Task An_item_from_beyond_the_end_of_the_book_is_refused()
    {
        var shelf = NewShelf();
        await shelf.ReadingOf("ann")!;
        Set(shelf, "ann", 1);
        await StoreAsync(shelf, 9);

        var store = new ShelfStore(_storage, Grain, seq => seq <= 8 ? Task.FromResult(seq) : throw new StoreUnavailableException("lost"));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => NewShelf(store).ReadingOf("ann")!);
    }

    [Fact]
    public async Task What_is_stored_idle_and_not_used_leaves_memory_within_two_rounds_and_comes_back_as_it_was()
    {
        var shelf = NewShelf();
        await shelf.BringAsync(["changed", "busy", "used", "idle"]);
        Set(shelf, "idle", 7);
        await StoreAsync(shelf, 1);
        Set(shelf, "changed", 1);
        shelf.Get("busy").IsBusy = true;

        for (var i = 0; i < 2 * Shelf<Item, int>.SweepsKept; i++)
        {
            Assert.Null(shelf.ReadingOf("used"));
            shelf.Sweep();
        }

        Assert.Equal(["busy", "changed", "used"], shelf.InMemory.Select(i => i.Key).Order(StringComparer.Ordinal));
        await shelf.ReadingOf("idle")!;
        Assert.Equal(7, shelf.Get("idle").Value);
    }

    [Fact]
    public async Task What_is_only_looked_at_is_as_it_is_stored_and_stays_out_of_memory_until_it_is_taken()
    {
        var before = NewShelf();
        await before.ReadingOf("ann")!;
        Set(before, "ann", 7);
        await StoreAsync(before, 3);
        var shelf = NewShelf();

        var item = await LookAsync(shelf, "ann");
        Assert.Equal((7, 3L), (item.Value, item.FoldedTo));
        Assert.Empty(shelf.InMemory);

        shelf.Take(item);
        Set(shelf, "ann", 8);
        Assert.Same(item, await LookAsync(shelf, "ann"));
        await StoreAsync(shelf, 4);
        Assert.Equal(8, (await LookAsync(NewShelf(), "ann")).Value);
    }

    [Fact]
    public async Task What_was_looked_at_before_it_was_stored_anew_and_left_memory_is_looked_at_again()
    {
        var gate = new TaskCompletionSource();
        var shelf = NewShelf();
        _storage.Reading = _ => gate.Task;
        Task<ShelfLook<Item>>? slow = null;
        Assert.False(shelf.TryLook("ann", ref slow, out _));
        gate.SetResult();
        await slow;
        _storage.Reading = null;
        Assert.True(shelf.TryLook("ann", ref slow, out var taken));

        // Another request's turn comes first, and what it changes has been stored and has left by the time of ours.
        shelf.Take(taken);
        Set(shelf, "ann", 9);
        await StoreAsync(shelf, 1);
        for (var i = 0; i < 2 * Shelf<Item, int>.SweepsKept; i++) shelf.Sweep();
        Assert.Empty(shelf.InMemory);

        Assert.False(shelf.TryLook("ann", ref slow, out _));
        await slow;
        Assert.True(shelf.TryLook("ann", ref slow, out var again));
        Assert.Equal(9, again.Value);
    }

    [Fact]
    public async Task A_shelf_above_its_room_is_at_its_room_after_one_sweep()
    {
        const int Beyond = 5_000;
        var shelf = NewShelf();
        await shelf.BringAsync(Enumerable.Range(0, Shelf<Item, int>.Roomy + Beyond).Select(i => $"user-{i}"));
        shelf.Get("user-8").IsBusy = true;
        shelf.Sweep();
        Assert.Equal(Shelf<Item, int>.Roomy, shelf.InMemory.Count);
        Assert.Contains(shelf.InMemory, i => i.Key == "user-8");
    }

    [Theory]
    [InlineData("ann@example.com", "user/ann@example.com")]
    [InlineData("a/b", null)]
    [InlineData("~x", null)]
    [InlineData("☂", null)]
    public void Plain_names_are_stored_as_they_are_and_others_by_their_hash(string key, string? expected)
    {
        var name = ShelfStore.NameOf("user", key);

        if (expected is not null) Assert.Equal(expected, name);
        else Assert.Matches("^user/~[0-9a-f]{64}$", name);
    }

    private static async Task StoreAsync(Shelf<Item, int> shelf, long count)
    {
        var copies = shelf.CopyChanged(count)!;
        try
        {
            await copies.StoreAsync();
        }
        finally
        {
            copies.Settle();
        }
    }

    private static async Task<Item> LookAsync(Shelf<Item, int> shelf, string key)
    {
        Task<ShelfLook<Item>>? reading = null;
        while (true)
        {
            if (shelf.TryLook(key, ref reading, out var item)) return item;
            await reading;
        }
    }

    private static void Set(Shelf<Item, int> shelf, string key, int value)
    {
        var item = shelf.Get(key);
        item.Value = value;
        item.Change();
    }

    private Shelf<Item, int> NewShelf(ShelfStore? store = null) =>
        new("user", key => new Item(key), (item, value) => item.Value = value, store ?? new ShelfStore(_storage, Grain, Task.FromResult));

    private sealed class Item(string key) : ShelfItem<int>(key)
    {
        public int Value { get; set; }

        public bool IsBusy { get; set; }

        public override bool IsIdle => !IsBusy;

        public override int ToState() => Value;
    }
}
