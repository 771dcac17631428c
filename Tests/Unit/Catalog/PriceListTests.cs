using System.ComponentModel.DataAnnotations;

namespace OrleansGateway.Tests.Unit.Catalog;

public sealed class PriceListTests
{
    [Fact]
    public void Every_listed_model_passes_the_rules_of_configured_ones()
    {
        Assert.True(PriceList.Shipped.Models.Count >= 50);
        foreach (var (id, model, _, _) in PriceList.Shipped.Models)
        {
            var faults = new List<ValidationResult>();
            Validator.TryValidateObject(model, new ValidationContext(model), faults, validateAllProperties: true);
            foreach (var price in model.Prices)
            {
                Validator.TryValidateObject(price, new ValidationContext(price), faults, validateAllProperties: true);
                foreach (var tier in price.Tiers) Validator.TryValidateObject(tier, new ValidationContext(tier), faults, validateAllProperties: true);
            }
            Assert.Empty(faults.Select(fault => $"{id}: {fault.ErrorMessage}"));
            Assert.NotEmpty(model.OwnedBy);
            Assert.True(model.MaxOutputTokens <= model.ContextTokens, id);
        }
    }

    [Fact]
    public void A_model_is_found_by_its_id_and_by_what_upstreams_call_it()
    {
        Assert.Equal("claude-sonnet-4.5", PriceList.Shipped.Find("claude-sonnet-4.5")?.Id);
        Assert.Equal("claude-sonnet-4.5", PriceList.Shipped.Find("claude-sonnet-4-5-20250929")?.Id);
        Assert.Null(PriceList.Shipped.Find("claude-sonnet-4.5-turbo"));
    }

    [Fact]
    public void The_models_offered_by_default_are_the_four_of_the_contract_and_one_for_embeddings() => Assert.Equal(
        ["claude-sonnet-4.5", "deepseek-v3.2", "gemini-2.5-flash", "gpt-4.1", "text-embedding-3-small"],
        PriceList.Shipped.Models.Where(model => model.Default).Select(model => model.Id).Order(StringComparer.Ordinal));

    [Fact]
    public void A_cached_token_never_costs_more_than_a_fresh_one_and_a_written_one_never_less()
    {
        foreach (var (id, model, _, _) in PriceList.Shipped.Models)
        {
            Assert.All(model.Prices, price =>
            {
                Assert.True(!(price.CachedInput > price.Input), id);
                Assert.True(!(price.CacheWrite < price.Input) && !(price.LongCacheWrite < price.CacheWrite), id);
                Assert.All(price.Tiers, tier => Assert.True(tier.Input > price.Input && tier.Output > price.Output, id));
            });
        }
    }
}
