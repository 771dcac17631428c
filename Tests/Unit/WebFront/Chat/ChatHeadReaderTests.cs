using System.Text;
using System.Text.Json;
using CsCheck;

namespace OrleansGateway.Tests;

public sealed class ChatHeadReaderTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    [Fact]
    public void It_finds_what_the_gateway_needs_and_where_it_stands()
    {
        const string Body = """{ "model" : "gpt-4.1", "temperature":0.2, "messages":[{"role":"user","content":"ä"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":null,"user":"u1","n":2}""";
        var head = Read(Body);
        Assert.Equal("gpt-4.1", head.Model);
        Assert.Equal("u1", head.User);
        Assert.Equal(2, head.Choices);
        Assert.Null(head.OutputTokens);
        Assert.Equal("\"gpt-4.1\"", Text(head, head.Upstream.Model));
        Assert.Equal("{\"include_usage\":true}", Text(head, head.Upstream.StreamOptions));
        Assert.Equal("null", Text(head, head.Upstream.NullOutputLimit));
        Assert.True(head.Upstream.Stream);
        Assert.True(head.Upstream.IncludeUsage);
        Assert.Equal(Body, Encoding.UTF8.GetString(head.Upstream.Body.Span));
    }

    [Theory]
    [InlineData("\"max_tokens\":5", 5)]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":9", 9)]
    [InlineData("\"max_tokens\":9,\"max_completion_tokens\":5", 9)]
    [InlineData("\"max_tokens\":null,\"max_completion_tokens\":5", 5)]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":null", 5)]
    [InlineData("\"max_completion_tokens\":null", null)]
    [InlineData("\"x\":1", null)]
    public void The_larger_of_two_limits_binds(string fields, int? expected) => Assert.Equal(expected, Read($"{{{fields},{Messages}}}").OutputTokens);

    [Fact]
    public void A_name_with_escapes_is_the_name_it_stands_for() =>
        Assert.Equal("m", Read("{\"mod\\u0065l\":\"m\"," + Messages + "}").Model);

    // Go's encoding/json takes them all for the name in lower case, and of several the last; the long s and the sign of the kelvin among them.
    [Theory]
    [InlineData("\"N\":100", "N", "n")]
    [InlineData("\"n\":1,\"N\":100", "N", "n")]
    [InlineData("\"Max_Tokens\":30000", "Max_Tokens", "max_tokens")]
    [InlineData("\"max_to\u212Aens\":30000", "max_to\u212Aens", "max_tokens")]
    [InlineData("\"max_to\\u212aens\":30000", "max_to\u212Aens", "max_tokens")]
    [InlineData("\"\u017Ftream\":true", "\u017Ftream", "stream")]
    [InlineData("\"M\\u006Fdel\":\"m\"", "Model", "model")]
    [InlineData("\"SERVICE_TIER\":\"priority\"", "SERVICE_TIER", "service_tier")]
    [InlineData("\"stream_options\":{\"Include_usage\":true}", "Include_usage", "include_usage")]
    [InlineData("\"tools\":[{\"Type\":\"x\"}]", "Type", "type")]
    public void A_name_that_an_upstream_may_take_for_another_is_refused(string fields, string param, string name)
    {
        Assert.Null(ChatHeadReader.Read(Encoding.UTF8.GetBytes("{" + fields + "," + Messages + "}"), out var fault));
        Assert.Equal((GatewayErrorKind.InvalidValue, param), (fault!.Kind, fault.Param));
        Assert.Contains($"must be written '{name}'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"Temperature\":1")]
    [InlineData("\"models\":[]")]
    [InlineData("\"\u00e4\":1")]
    [InlineData("\"NN\":1")]
    public void A_name_that_nobody_takes_for_another_passes(string fields) => Read("{" + fields + "," + Messages + "}");

    [Theory]
    [InlineData("\"tools\":[]", 0, false)]
    [InlineData("\"tools\":null", 0, false)]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]", 800, false)]
    [InlineData("\"functions\":[{\"name\":\"f\"}]", 800, false)]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", 800, true)]
    public void Tools_take_tokens_beyond_their_bytes(string tools, int added, bool unbounded)
    {
        var head = Read("{" + tools + "," + Messages + "}");
        Assert.Equal((added, unbounded), (head.AddedInput, head.UnboundedInput));
    }

    [Theory]
    [InlineData("\"tools\":\"f\"", "tools")]
    [InlineData("\"functions\":[1]", "functions[0]")]
    [InlineData("\"tools\":[{\"type\":1}]", "tools[0].type")]
    public void Tools_that_are_none_are_refused(string tools, string param)
    {
        Assert.Null(ChatHeadReader.Read(Encoding.UTF8.GetBytes("{" + tools + "," + Messages + "}"), out var fault));
        Assert.Equal(param, fault!.Param);
    }

    [Fact]
    public void Null_stream_options_stand_somewhere_too()
    {
        var head = Read("{\"stream\":true,\"stream_options\":null," + Messages + "}");
        Assert.Equal("null", Text(head, head.Upstream.StreamOptions));
        Assert.False(head.Upstream.IncludeUsage);
    }

    [Theory]
    [InlineData("""[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"u"}},{"type":"image_url","image_url":{"url":"v"}}]""", 2, false)]
    [InlineData("""[{"type":"input_image","file_id":null}]""", 1, false)]
    [InlineData("""[{"type":"file","file":{"file_data":"data:..."}}]""", 0, true)]
    [InlineData("""[{"type":"text","text":"image_url file_id"}]""", 0, false)]
    [InlineData("""[{"Type":"image_url","Image_URL":{"url":"u"}}]""", 1, false)]
    [InlineData("""[{"type":"file","File":{"File_Data":"f"}}]""", 0, true)]
    public void What_counts_beyond_its_bytes_is_counted(string content, int images, bool unbounded)
    {
        var head = Read($$"""{"messages":[{"role":"user","content":{{content}}}]}""");
        Assert.Equal((images, unbounded), (head.Images, head.UnboundedInput));
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","File_Id":"file-1"}]}""")]
    [InlineData("""{"role":"assistant","audio":{"id":"audio_1"}}""")]
    public void What_the_upstream_keeps_is_refused(string message)
    {
        Assert.Null(ChatHeadReader.Read(Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"Hi"},{{message}}]}"""), out var fault));
        Assert.Equal(("unsupported_parameter", "messages[1]"), (fault!.Code, fault.Param));
    }

    [Fact]
    public void Objects_beside_and_within_one_another_have_names_of_their_own_and_any_number_of_them()
    {
        var many = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"p{i}\":{{\"type\":\"string\"}}"));
        const string Body = """
            {"messages":[{"role":"user","content":"a"},{"role":"user","content":"b","role2":{"role":1}}],"tools":[{"type":"function","function":{"parameters":{"properties":{@}}}}]}
            """;
        Read(Body.Replace("@", many, StringComparison.Ordinal));
        Assert.Null(ChatHeadReader.Read(Encoding.UTF8.GetBytes(Body.Replace("@", many + ",\"p7\":1", StringComparison.Ordinal)), out var fault));
        Assert.Equal(("invalid_value", "p7"), (fault!.Code, fault.Param));
    }

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("{", "invalid_json", null)]
    [InlineData("{}{}", "invalid_json", null)]
    [InlineData("{/**/}", "invalid_json", null)]
    [InlineData("{\"model\":\"\\ud800\",#M}", "invalid_json", null)]
    [InlineData("{\"\\ud800\":1,#M}", "invalid_json", null)]
    [InlineData("{}", "invalid_value", "messages")]
    [InlineData("{\"messages\":[]}", "invalid_value", "messages")]
    [InlineData("{\"messages\":\"hi\"}", "invalid_value", "messages")]
    [InlineData("{\"messages\":[1]}", "invalid_value", "messages[0]")]
    [InlineData("{\"messages\":[{\"role\":\"user\"},[]]}", "invalid_value", "messages[1]")]
    [InlineData("{\"messages\":[{}]}", "invalid_value", "messages[0].role")]
    [InlineData("{\"messages\":[{\"role\":1}]}", "invalid_value", "messages[0].role")]
    [InlineData("{\"messages\":[{\"role\":\"a\",\"role\":\"b\"}]}", "invalid_value", "messages[0].role")]
    [InlineData("{#M,#M}", "invalid_value", "messages")]
    [InlineData("{\"zzz\":1,\"z\\u007az\":1,#M}", "invalid_value", "zzz")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"content\":\"b\"}]}", "invalid_value", "content")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\",\"t\\u0065xt\":\"b\"}]}]}", "invalid_value", "text")]
    [InlineData("{\"response_format\":{\"json_schema\":{\"schema\":{\"a\":[{},{\"b\":1,\"c\":2,\"b\":{}}]}}},#M}", "invalid_value", "b")]
    [InlineData("{\"model\":1,#M}", "invalid_value", "model")]
    [InlineData("{\"model\":\"\",#M}", "invalid_value", "model")]
    [InlineData("{\"stream\":\"true\",#M}", "invalid_value", "stream")]
    [InlineData("{\"stream_options\":1,#M}", "invalid_value", "stream_options")]
    [InlineData("{\"stream_options\":{\"include_usage\":1},#M}", "invalid_value", "stream_options.include_usage")]
    [InlineData("{\"max_tokens\":0,#M}", "invalid_value", "max_tokens")]
    [InlineData("{\"max_tokens\":1.5,#M}", "invalid_value", "max_tokens")]
    [InlineData("{\"max_tokens\":99999999999,#M}", "invalid_value", "max_tokens")]
    [InlineData("{\"max_completion_tokens\":\"5\",#M}", "invalid_value", "max_completion_tokens")]
    [InlineData("{\"n\":0,#M}", "invalid_value", "n")]
    [InlineData("{\"n\":129,#M}", "invalid_value", "n")]
    [InlineData("{\"user\":7,#M}", "invalid_value", "user")]
    [InlineData("{\"service_tier\":\"priority\",#M}", "unsupported_parameter", "service_tier")]
    public void A_wrong_body_is_refused_by_name(string body, string code, string? param)
    {
        var fault = Fault(body.Replace("#M", Messages, StringComparison.Ordinal));
        Assert.Equal((code, param), (fault.Code, fault.Param));
    }

    [Fact]
    public void A_user_of_257_characters_and_a_depth_of_33_and_bytes_that_are_not_utf8_are_refused()
    {
        Assert.Equal("user", Fault($"{{\"user\":\"{new string('u', 257)}\",{Messages}}}").Param);
        Assert.Equal("invalid_json", Fault($"{{\"x\":{new string('[', 33)}{new string(']', 33)},{Messages}}}").Code);
        Assert.Null(ChatHeadReader.Read(new byte[] { (byte)'{', (byte)'"', 0xC3, (byte)'"' }, out var fault));
        Assert.Equal("invalid_json", fault!.Code);
    }

    [Fact]
    public void Many_unknown_names_pass_and_a_second_of_any_does_not()
    {
        var many = string.Concat(Enumerable.Range(0, 100).Select(i => $"\"f{i}\":{i},"));
        Read($"{{{many}{Messages}}}");
        Assert.Equal("f3", Fault($"{{{many}\"f3\":0,{Messages}}}").Param);
        Assert.Equal("f99", Fault($"{{{many}\"f99\":0,{Messages}}}").Param);
    }

    [Fact]
    public void Nothing_that_strangers_send_makes_it_throw()
    {
        var names = Gen.OneOf("model", "messages", "stream", "stream_options", "max_tokens", "n", "user", "role", "type", "image_url", "x", "\\ud800", "\\u006e");
        var leaf = Gen.OneOf("1", "-0.5e3", "true", "null", "\"\"", "\"a\"", "\"\\ud800\"", "[]", "{}", "\"image_url\"", "", "tru", "\u0001");
        var value = Gen.Recursive<string>((depth, self) => depth > 4 ? leaf : Gen.OneOf(
            leaf,
            self.Array[0, 3].Select(items => $"[{string.Join(',', items)}]"),
            Gen.Select(names, self).Array[0, 4].Select(fields => $"{{{string.Join(',', fields.Select(field => $"\"{field.Item1}\":{field.Item2}"))}}}")));
        var (heads, faults) = (0, 0);
        Gen.OneOf(value, Gen.Select(names, value).Array[0, 5].Select(fields =>
            $"{{{string.Concat(fields.Select(field => $"\"{field.Item1}\":{field.Item2},"))}{Messages}}}")).Sample(
            body =>
            {
                var head = ChatHeadReader.Read(Encoding.UTF8.GetBytes(body), out var fault);
                Assert.True(head is null != fault is null);
                if (head is null) Interlocked.Increment(ref faults);
                else
                {
                    Interlocked.Increment(ref heads);
                    JsonDocument.Parse(head.Upstream.Body).Dispose();
                }
            },
            iter: 5_000);
        Gen.Byte.Array[0, 64].Sample(bytes => ChatHeadReader.Read(bytes, out var fault) is null != fault is null, iter: 5_000);
        Assert.True(heads > 50 && faults > 50, $"{heads} heads, {faults} faults");
    }

    private static RequestHead Read(string body)
    {
        var head = ChatHeadReader.Read(Encoding.UTF8.GetBytes(body), out var fault);
        Assert.Null(fault);
        return head!;
    }

    private static GatewayError Fault(string body)
    {
        Assert.Null(ChatHeadReader.Read(Encoding.UTF8.GetBytes(body), out var fault));
        return fault!;
    }

    private static string Text(RequestHead head, ByteRange range) => Encoding.UTF8.GetString(head.Upstream.Body.Span.Slice(range.Start, range.Length));
}
