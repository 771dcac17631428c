using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CsCheck;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class EmbeddingsTests
{
    [Fact]
    public void Only_the_vectors_change()
    {
        const string Answer =
            """{ "object":"list", "data":[{"object":"embedding","index":0,"embedding":[ 1.5, -2e0 ]},{"embedding":[]}], "embedding":[1],"usage":{"data":[{"embedding":[1]}]}}""";
        var text = Encoding.UTF8.GetString(Base64Embeddings.Rewrite(Encoding.UTF8.GetBytes(Answer)).Span);
        Assert.Equal(
            """{ "object":"list", "data":[{"object":"embedding","index":0,"embedding":"AADAPwAAAMA="},{"embedding":""}], "embedding":[1],"usage":{"data":[{"embedding":[1]}]}}""",
            text);
    }

    [Theory]
    [InlineData("""{"data":[{"embedding":"AADAPw=="}]}""")]
    [InlineData("""{"data":[{"embedding":["a"]}]}""")]
    [InlineData("{\"data\":[{\"embedding\":[1")]
    [InlineData("nonsense")]
    public void What_cannot_be_rewritten_stays(string answer) =>
        Assert.Equal(answer, Encoding.UTF8.GetString(Base64Embeddings.Rewrite(Encoding.UTF8.GetBytes(answer)).Span));

    [Fact]
    public void Every_float_survives() => Gen.Float.Where(float.IsFinite).Array[0, 3000].Sample(
        vector =>
        {
            var answer = JsonSerializer.SerializeToUtf8Bytes(new { data = new[] { new { embedding = vector } } });
            var rewritten = JsonSerializer.Deserialize<JsonElement>(Base64Embeddings.Rewrite(answer).Span).GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
            Assert.Equal(vector, MemoryMarshal.Cast<byte, float>(rewritten).ToArray());
        },
        iter: 200);

    [Theory]
    [InlineData("""{"input":""}""", "input")]
    [InlineData("""{"input":[ ]}""", "input")]
    [InlineData("""{"input":5}""", "input")]
    [InlineData("""{"model":"m"}""", "input")]
    [InlineData("""{"input":"x","encoding_format":"hex"}""", "encoding_format")]
    [InlineData("""{"input":"x","dimensions":0}""", "dimensions")]
    [InlineData("""{"input":"x","model":[]}""", "model")]
    public void A_wrong_body_is_refused_by_name(string body, string param)
    {
        Assert.Null(EmbeddingsHeadReader.Read(Encoding.UTF8.GetBytes(body), out var fault));
        Assert.Equal(param, fault!.Param);
    }

    [Fact]
    public async Task Base64_is_given_even_when_the_upstream_ignores_it()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(FakeProviderGrain.Completed("""{"data":[{"embedding":[1.5]}]}"""));
        using var packed = await front.PostAsync("/v1/embeddings", """{"model":"text-embedding-3-small","input":["a","b"],"encoding_format":"base64"}""");
        Assert.Equal(HttpStatusCode.OK, packed.StatusCode);
        Assert.Equal("""{"data":[{"embedding":"AADAPw=="}]}""", await packed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var plain = await front.PostAsync("/v1/embeddings", """{"model":"text-embedding-3-small","input":"a"}""");
        Assert.Equal("""{"data":[{"embedding":[1.5]}]}""", await plain.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        var asked = front.Grains.Tenant.Reserved[0];
        Assert.Equal((UpstreamApi.Embeddings, 0, 1), (asked.Api, asked.OutputTokens, asked.Choices));
    }
}
