using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class BodySplicerTests
{
    [Theory]
    [InlineData("""{"model":"up","messages":[]}""", null, """{"model":"up","messages":[]}""")]
    [InlineData("""{"model":"alias","messages":[]}""", null, """{"model":"up","messages":[]}""")]
    [InlineData("""{ "messages":[] , "model" : "alias" }""", null, """{ "messages":[] , "model" : "up" }""")]
    [InlineData("""{"messages":[]}""", null, """{"model":"up","messages":[]}""")]
    [InlineData("""{}""", 7, """{"model":"up","max_tokens":7}""")]
    [InlineData("""{"model":"up","max_tokens":null,"x":1}""", 7, """{"model":"up","max_tokens":7,"x":1}""")]
    [InlineData("""{"model":"up","x":1}""", 7, """{"max_tokens":7,"model":"up","x":1}""")]
    [InlineData("""{"x":"ümlaut 😀","model":"u\u0070"}""", null, """{"x":"ümlaut 😀","model":"up"}""")]
    public void A_body_is_changed_where_it_must_be_and_nowhere_else(string body, int? limit, string expected) =>
        Assert.Equal(expected, Joined(BodySplicer.Splice(RequestOf(body, stream: false), "up", limit)));

    [Theory]
    [InlineData("""{"model":"up"}""", """{"stream_options":{"include_usage":true},"model":"up"}""")]
    [InlineData("""{"model":"up","stream_options":null}""", """{"model":"up","stream_options":{"include_usage":true}}""")]
    [InlineData("""{"model":"up","stream_options":{}}""", """{"model":"up","stream_options":{"include_usage":true}}""")]
    [InlineData("""{"model":"up","stream_options":{ }}""", """{"model":"up","stream_options":{"include_usage":true }}""")]
    [InlineData("""{"model":"up","stream_options":{"include_usage":false}}""", """{"model":"up","stream_options":{"include_usage":true}}""")]
    [InlineData(
        """{"model":"up","stream_options":{"include_usage":null,"a":[1,{"include_usage":false}]}}""",
        """{"model":"up","stream_options":{"include_usage":true,"a":[1,{"include_usage":false}]}}""")]
    [InlineData("""{"model":"up","stream_options":{"include_obfuscation":false}}""", """{"model":"up","stream_options":{"include_usage":true,"include_obfuscation":false}}""")]
    public void A_stream_is_made_to_report_usage_and_keeps_its_other_options(string body, string expected) =>
        Assert.Equal(expected, Joined(BodySplicer.Splice(RequestOf(body, stream: true), "up", null)));

    [Fact]
    public void A_body_that_needs_no_change_is_sent_from_the_callers_own_memory()
    {
        var request = RequestOf("""{"model":"up","stream_options":{"a":1,"include_usage":true}}""", stream: true);
        var part = Assert.Single(BodySplicer.Splice(request, "up", null));
        Assert.True(part.Equals(request.Body));
        part = Assert.Single(BodySplicer.Splice(request with { IncludeUsage = true }, "up", null));
        Assert.True(part.Equals(request.Body));
    }

    [Fact]
    public void A_model_name_is_escaped() =>
        Assert.Equal("""{"model":"a\u0022b"}""", Joined(BodySplicer.Splice(RequestOf("""{"model":"m"}""", stream: false), "a\"b", null)));

    [Fact]
    public void Embeddings_get_no_stream_options()
    {
        var request = RequestOf("""{"model":"up"}""", stream: true) with { Api = UpstreamApi.Embeddings };
        Assert.Single(BodySplicer.Splice(request, "up", null));
    }

    private static readonly Gen<string> Member = Gen.OneOf(
        """ "messages":[{"role":"user","content":"hi \"model\": }{"}]""", "\"x\":{\"model\":\"inner\",\"stream_options\":null}", "\"temperature\":0.5", "\"user\" : \"\\u00e9\"");

    private static readonly Gen<string?> Model = Gen.OneOf<string?>(null, "\"model\":\"up\"", "\"model\" :\n\"other\"");

    private static readonly Gen<string?> Limit = Gen.OneOf<string?>(null, "\"max_tokens\":null", "\"max_completion_tokens\": null");

    private static readonly Gen<string?> Options = Gen.OneOf<string?>(
        null, "\"stream_options\":null", "\"stream_options\":{}", "\"stream_options\":{\"include_usage\":true}", "\"stream_options\": {\"a\":{\"b\":1},\"include_usage\":0}");

    private static readonly Gen<(string Body, bool Stream, int? Cap)> Case =
        from head in Gen.Select(Model, Limit, Options)
        from rest in Member.Array[0, 3]
        from stream in Gen.Bool
        from cap in Gen.Int[1, 9999].Nullable()
        from order in Gen.Shuffle((string[])[.. new[] { head.Item1, cap is null ? null : head.Item2, head.Item3 }.OfType<string>(), .. rest.Distinct()])
        select ("{" + string.Join(",", order) + "}", stream, cap);

    [Fact]
    public void Parsed_again_a_body_differs_only_as_intended() => Case.Sample(sample =>
    {
        var expected = JsonNode.Parse(sample.Body)!.AsObject();
        expected["model"] = "up";
        if (sample.Cap is { } cap) expected[expected.ContainsKey("max_completion_tokens") ? "max_completion_tokens" : "max_tokens"] = cap;
        if (sample.Stream)
        {
            var options = expected["stream_options"] as JsonObject ?? [];
            options["include_usage"] = true;
            if (!ReferenceEquals(options, expected["stream_options"])) expected["stream_options"] = options;
        }

        var spliced = Joined(BodySplicer.Splice(RequestOf(sample.Body, sample.Stream), "up", sample.Cap));
        var actual = JsonNode.Parse(spliced, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{sample.Body} became {spliced}");
    });

    private static string Joined(ReadOnlyMemory<byte>[] parts) => string.Concat(parts.Select(part => Encoding.UTF8.GetString(part.Span)));

    /// <summary>Finds the places in a body, as the front end does.</summary>
    private static UpstreamRequest RequestOf(string text, bool stream)
    {
        var body = Encoding.UTF8.GetBytes(text);
        var request = new UpstreamRequest { Body = body, Stream = stream };
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var (start, type) = ((int)reader.TokenStartIndex, reader.TokenType);
            reader.Skip();
            var range = new ByteRange(start, (int)reader.BytesConsumed - start);
            request = name switch
            {
                "model" => request with { Model = range },
                "stream_options" => request with { StreamOptions = range },
                "max_tokens" or "max_completion_tokens" when type == JsonTokenType.Null => request with { NullOutputLimit = range },
                _ => request,
            };
        }
        return request;
    }
}
