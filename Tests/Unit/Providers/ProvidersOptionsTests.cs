namespace OrleansGateway.Tests.Unit.Providers;

public sealed class ProvidersOptionsTests
{
    [Fact]
    public void All_faults_are_told_at_once()
    {
        var options = new ProvidersOptions();
        options.Providers["x"] = new ProviderOptions { BaseAddress = new Uri("ftp://x"), ApiKey = "a", ApiKeyVariable = "B", Weight = -1, AttemptTimeout = TimeSpan.Zero };
        options.Providers["y"] = new ProviderOptions { IdleTimeout = TimeSpan.FromDays(1), MaxResponseBytes = 0, ApiKeyVariable = "A_VARIABLE_THAT_NOBODY_SETS" };
        var result = new ProvidersOptionsValidator().Validate(null, options);
        Assert.Equal(9, result.Failures!.Count());
    }

    [Fact]
    public void One_default_provider_and_others_for_named_models_are_fine()
    {
        var options = new ProvidersOptions();
        options.Providers["x"] = new ProviderOptions { BaseAddress = new Uri("https://x/v1"), ApiKey = "a" };
        options.Providers["y"] = new ProviderOptions { BaseAddress = new Uri("http://localhost:9090/v1"), Models = { "m" } };
        Assert.True(new ProvidersOptionsValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public void A_process_without_a_provider_does_not_start() => Assert.True(new ProvidersOptionsValidator().Validate(null, new ProvidersOptions()).Failed);
}
