using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.ApiKeys;

public sealed class ApiKeyGrainTests
{
    private static readonly ApiKeyIdentity Issued = new("k_1", "acme", ApiKeyHash.Of("sk-gw-1"), null, false, 1);

    private readonly InMemoryState<ApiKeyState> _state = new();
    private readonly ApiKeyGrain _grain;

    public ApiKeyGrainTests() => _grain = new ApiKeyGrain(_state);

    [Fact]
    public async Task An_update_that_comes_late_changes_nothing()
    {
        var shorter = Issued with { ExpiresAt = DateTimeOffset.UnixEpoch, Version = 3 };
        await _grain.Bind(Issued);
        await _grain.Update(shorter);
        await _grain.Update(Issued with { Version = 2 });
        Assert.Equal(shorter, await _grain.Find());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public async Task A_revocation_is_for_good_whatever_version_says_otherwise(long version)
    {
        await _grain.Bind(Issued with { Version = 5 });
        await _grain.Update(Issued with { Revoked = true, Version = 2 });
        await _grain.Update(Issued with { Version = version });
        Assert.True((await _grain.Find())!.Revoked);
    }

    [Fact]
    public async Task What_a_release_without_versions_tells_is_taken()
    {
        var shorter = Issued with { ExpiresAt = DateTimeOffset.UnixEpoch, Version = 0 };
        await _grain.Bind(Issued with { Version = 4 });
        await _grain.Update(shorter);
        Assert.Equal(shorter, await _grain.Find());
    }

    [Fact]
    public async Task After_a_store_was_put_back_its_versions_count_and_not_those_in_memory()
    {
        await _grain.Bind(Issued);
        await _grain.Update(Issued with { Version = 7 });
        _state.Stored = new ApiKeyState { Identity = Issued };
        var changed = Issued with { ExpiresAt = DateTimeOffset.UnixEpoch, Version = 2 };

        await _grain.Update(changed);

        Assert.Equal((changed, changed), (await _grain.Find(), _state.Stored.Identity));
        await _grain.Restore(Issued);
        Assert.Equal(Issued, await _grain.Find());
    }

    [Fact]
    public async Task What_it_knows_is_not_written_again()
    {
        await _grain.Bind(Issued);
        await _grain.Update(Issued);
        Assert.Equal(1, _state.Writes);
    }
}
