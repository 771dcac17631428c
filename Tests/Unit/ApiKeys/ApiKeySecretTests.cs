namespace OrleansGateway.Tests.Unit.ApiKeys;

public sealed class ApiKeySecretTests
{
    [Fact]
    public void A_new_secret_has_the_documented_form_and_names_its_key()
    {
        var (keyId, secret) = ApiKeySecret.Create();

        Assert.Matches("^sk-gw-[0-9A-Za-z]{8}-[0-9A-Za-z]{43}$", secret);
        Assert.True(ApiKeySecret.TryReadKeyId(secret, out var read));
        Assert.Equal(keyId, read);
        Assert.StartsWith(ApiKeySecret.DisplayPrefix(keyId) + "-", secret, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_do_not_repeat() => Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => ApiKeySecret.Create().Secret).Distinct().Count());

    [Theory]
    [InlineData("")]
    [InlineData("sk-gw-")]
    [InlineData("sk-gw-1234567-0000000000000000000000000000000000000000000")]
    [InlineData("sk-gw-12345678-000000000000000000000000000000000000000000")]
    [InlineData("sk-gw-1234567!-0000000000000000000000000000000000000000000")]
    [InlineData("sk-GW-12345678-0000000000000000000000000000000000000000000")]
    [InlineData("sk-gw-12345678-000000000000000000000000000000000000000000é")]
    public void Anything_of_another_form_is_no_secret(string text) => Assert.False(ApiKeySecret.TryReadKeyId(text, out _));

    [Fact]
    public void A_hash_survives_being_written_down_and_differs_for_another_secret()
    {
        var hash = ApiKeyHash.Of("sk-gw-a");

        Assert.Equal(hash, ApiKeyHash.Parse(hash.ToString()));
        Assert.NotEqual(hash, ApiKeyHash.Of("sk-gw-b"));
    }
}
