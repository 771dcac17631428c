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

    [Theory]
    [InlineData("SOME_PROVIDERS_KEY", "Gateway:Providers:x:ApiKeyVariable names SOME_PROVIDERS_KEY, which is not set.")]
    [InlineData("sk-the-key-itself", "Gateway:Providers:x:ApiKeyVariable names a variable, which is not set.")]
    [InlineData("a0b1c2d3e4f5", "Gateway:Providers:x:ApiKeyVariable names a variable, which is not set.")]
    public void A_key_in_place_of_its_variables_name_is_not_told(string variable, string fault)
    {
        var options = new ProvidersOptions();
        options.Providers["x"] = new ProviderOptions { BaseAddress = new Uri("https://x/v1"), ApiKeyVariable = variable };
        Assert.Equal(fault, Assert.Single(new ProvidersOptionsValidator().Validate(null, options).Failures!));
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
    public void Limits_that_cannot_be_are_told_with_their_model_and_what_a_model_leaves_out_is_its_providers()
    {
        var options = new ProvidersOptions();
        var provider = new ProviderOptions
        {
            BaseAddress = new Uri("https://x/v1"),
            Limits = { RequestsPerMinute = 60, ConcurrentRequests = 5 },
            QueueWait = TimeSpan.FromSeconds(1),
        };
        provider.ModelLimits["m"] = new LaneLimits { RequestsPerMinute = 10, TokensPerMinute = 1_000 };
        options.Providers["x"] = provider;
        Assert.True(new ProvidersOptionsValidator().Validate(null, options).Succeeded);
        var limits = LaneOptions.Of(provider, "m").Limits;
        Assert.Equal((10L, 1_000L, 5), (limits.RequestsPerMinute, limits.TokensPerMinute, limits.ConcurrentRequests));
        Assert.Equal(60, LaneOptions.Of(provider, "other").Limits.RequestsPerMinute);

        provider.HedgeAfter = TimeSpan.FromMilliseconds(50);
        (provider.QueueWait, provider.QueueLength, provider.Limits.RequestsPerMinute,
            provider.ModelLimits["m"].TokensPerMinute, provider.ModelLimits["m"].ConcurrentRequests)
            = (TimeSpan.FromMinutes(2), -1, 0, -1, 0);
        var faults = new ProvidersOptionsValidator().Validate(null, options).Failures!.ToList();
        Assert.Equal(6, faults.Count);
        Assert.Contains(faults, fault => fault.StartsWith("Gateway:Providers:x:ModelLimits:m:TokensPerMinute", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(15 * 1024 * 1024, true)]
    [InlineData(15 * 1024 * 1024 + 1, false)]
    public void An_answer_may_be_as_large_as_a_message_between_processes_carries(int most, bool fine)
    {
        var options = new ProvidersOptions();
        options.Providers["x"] = new ProviderOptions { BaseAddress = new Uri("https://x/v1"), ApiKey = "a", MaxResponseBytes = most };
        Assert.Equal(fine, new ProvidersOptionsValidator().Validate(null, options).Succeeded);
        Assert.True(new ProviderOptions().MaxResponseBytes < MessageBounds.Most);
    }

    [Fact]
    public void A_process_without_a_provider_does_not_start() => Assert.True(new ProvidersOptionsValidator().Validate(null, new ProvidersOptions()).Failed);
}
