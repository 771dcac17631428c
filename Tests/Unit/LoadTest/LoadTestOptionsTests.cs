using OrleansGateway.LoadTest;

namespace OrleansGateway.Tests.Unit.LoadTest;

public sealed class LoadTestOptionsTests
{
    [Fact]
    public void What_is_given_is_read()
    {
        var options = LoadTestOptions.Parse(
            ["--url", "http://127.0.0.1:21000", "--key", "sk-gw-1", "--rate", "2.5",
                "--seconds", "600", "--arrivals", "even", "--stream", "--header", "x-gateway-task: bulk"]);

        Assert.Equal(new Uri("http://127.0.0.1:21000"), options.Url);
        Assert.Equal((2.5, TimeSpan.FromMinutes(10), ArrivalKind.Even, true), (options.Rate, options.Duration, options.Arrivals, options.Stream));
        Assert.Equal([("x-gateway-task", "bulk")], options.Headers);
    }

    [Fact]
    public void The_environments_admin_key_is_for_whoever_names_no_key()
    {
        Assert.Equal("admin", LoadTestOptions.Parse([], "admin").AdminKey);
        Assert.Null(LoadTestOptions.Parse(["--key", "sk-gw-1"], "admin").AdminKey);
    }

    [Theory]
    [InlineData("--rates 5", "'--rates' is not an option.")]
    [InlineData("--rate", "--rate needs a value.")]
    [InlineData("--rate 0", "--rate needs a number above 0.")]
    [InlineData("--rate fast", "--rate needs a number above 0.")]
    [InlineData("--tenants 1.5", "--tenants needs a whole number above 0.")]
    [InlineData("--arrivals random", "--arrivals is poisson or even, not 'random'.")]
    [InlineData("--url localhost:8080", "--url needs an address such as http://localhost:8080.")]
    [InlineData("--key a --admin-key b", "Give --key or --admin-key, not both.")]
    [InlineData("--simulator http://localhost:9090", "--simulator needs an admin key: the ledger is read with it.")]
    [InlineData("--simulator http://localhost:9090 --admin-key a --rate 1000 --seconds 100", "The simulator remembers 100,000 calls: choose a lower --rate or fewer --seconds.")]
    [InlineData("--body no-such-file", "There is no file 'no-such-file'.")]
    [InlineData("--cpu gateway", "--cpu needs NAME=PID, or several ids with commas between.")]
    [InlineData("--path /v1/embeddings", "--path /v1/embeddings needs a --body.")]
    public void What_is_wrong_is_said(string line, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => LoadTestOptions.Parse(line.Split(' '))).Message);

    [Fact]
    public void Every_option_is_in_the_help()
    {
        foreach (var option in (string[])
            ["--url", "--path", "--admin-key", "--tenants", "--keys", "--key", "--header", "--model", "--prompt-bytes", "--max-tokens", "--body",
                "--stream", "--rate", "--seconds", "--warm-up", "--arrivals", "--seed", "--in-flight", "--patience", "--simulator", "--cpu", "--json"])
            Assert.Contains($"  {option} ", LoadTestOptions.Usage, StringComparison.Ordinal);
    }
}
