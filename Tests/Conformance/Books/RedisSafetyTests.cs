namespace OrleansGateway.Tests.Conformance.Books;

public sealed class RedisSafetyTests
{
    [Fact]
    public void A_store_that_syncs_every_write_and_evicts_nothing_is_safe() => Assert.Empty(RedisSafety.FaultsIn("redis:6379", Settings("yes", "always", "noeviction")));

    [Theory]
    [InlineData("no", "always", "noeviction", "redis:6379: appendonly is 'no' but must be 'yes'")]
    [InlineData("yes", "everysec", "noeviction", "redis:6379: appendfsync is 'everysec' but must be 'always'")]
    [InlineData("yes", "always", "volatile-lru", "redis:6379: maxmemory-policy is 'volatile-lru' but must be 'noeviction'")]
    public void Each_wrong_setting_is_named_with_what_is_needed(string appendOnly, string appendSync, string policy, string expected) =>
        Assert.Equal(expected, Assert.Single(RedisSafety.FaultsIn("redis:6379", Settings(appendOnly, appendSync, policy))).ToString());

    [Fact]
    public void A_setting_that_the_server_does_not_know_is_a_fault() => Assert.Equal(3, RedisSafety.FaultsIn("redis:6379", new Dictionary<string, string>()).Count);

    private static Dictionary<string, string> Settings(string appendOnly, string appendSync, string policy) => new()
    {
        ["appendonly"] = appendOnly,
        ["appendfsync"] = appendSync,
        ["maxmemory-policy"] = policy,
    };
}
