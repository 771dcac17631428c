using System.Text;

namespace OrleansGateway.Tests;

public sealed class ResponsesHeadReaderTests
{
    [Fact]
    public void It_finds_what_the_gateway_needs_and_where_it_stands()
    {
        var head = Read("""{"model":"gpt-4.1","input":"Hi","stream":true,"max_output_tokens":null,"safety_identifier":"u1","store":false,"reasoning":{"effort":"low"},"include":["reasoning.encrypted_content"],"background":false,"previous_response_id":null}""");
        Assert.Equal(("gpt-4.1", "u1", null, 0, false), (head.Model, head.User, head.OutputTokens, head.Images, head.UnboundedInput));
        Assert.Equal((UpstreamApi.Responses, true), (head.Upstream.Api, head.Upstream.Stream));
        Assert.Equal("null", Encoding.UTF8.GetString(head.Upstream.Body.Span.Slice(head.Upstream.NullOutputLimit.Start, head.Upstream.NullOutputLimit.Length)));
        Assert.Equal(9, Read("""{"input":"Hi","max_output_tokens":9}""").OutputTokens);
    }

    [Theory]
    [InlineData("\"background\":true", "background")]
    [InlineData("\"previous_response_id\":\"resp_1\"", "previous_response_id")]
    [InlineData("\"conversation\":\"conv_1\"", "conversation")]
    [InlineData("\"conversation\":{\"id\":\"conv_1\"}", "conversation")]
    [InlineData("\"prompt\":{\"id\":\"pmpt_1\"}", "prompt")]
    [InlineData("\"context_management\":[{\"type\":\"compaction\"}]", "context_management")]
    [InlineData("\"service_tier\":\"priority\"", "service_tier")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"name\":\"x\",\"type\":\"web_search_preview\"}]", "tools[1].type")]
    [InlineData("\"tools\":[{\"type\":\"file_search\",\"vector_store_ids\":[\"vs\"]}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"code_interpreter\",\"container\":{\"type\":\"auto\"}}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"image_generation\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"mcp\",\"server_url\":\"https://x\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"shell\",\"environment\":{\"type\":\"container_auto\"}}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"web\\u005fsearch\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"name\":\"no type\"}]", "tools[0].type")]
    public void What_no_hold_could_cover_is_refused_by_name(string fields, string param) => AssertRefused($$"""{"input":"Hi",{{fields}}}""", "unsupported_parameter", param);

    [Theory]
    [InlineData("""[{"type":"item_reference","id":"msg_1"}]""", "input[0].type")]
    [InlineData("""[{"role":"user","content":"Hi"},{"type":"additional_tools","tools":[{"type":"web_search"}]}]""", "input[1].type")]
    [InlineData("""[{"type":"whatever","tools":[{"type":"web_search"}]}]""", "input[0].tools")]
    [InlineData("""[{"type":"tool_search_output"}]""", "input[0].type")]
    [InlineData("""[{"type":"compaction_trigger"}]""", "input[0].type")]
    [InlineData("""[{"Type":"item_reference","id":"x"}]""", "input[0].type")]
    [InlineData("""[{"role":"user","Tools":[]}]""", "input[0].tools")]
    public void Items_that_stand_for_what_is_kept_elsewhere_are_refused(string input, string param) => AssertRefused($$"""{"input":{{input}}}""", "unsupported_parameter", param);

    [Theory]
    [InlineData("""{"input":5}""", "input")]
    [InlineData("""{"input":""}""", "input")]
    [InlineData("""{"input":[]}""", "input")]
    [InlineData("""{"input":["Hi"]}""", "input[0]")]
    [InlineData("""{"model":"m"}""", "input")]
    [InlineData("""{"input":"Hi","max_output_tokens":0}""", "max_output_tokens")]
    [InlineData("""{"input":"Hi","tools":{}}""", "tools")]
    [InlineData("""{"input":"Hi","tools":["x"]}""", "tools[0]")]
    [InlineData("""{"input":"Hi","tools":[{"type":"function","type":"web_search"}]}""", "tools[0].type")]
    [InlineData("""{"input":"Hi","background":"yes"}""", "background")]
    [InlineData("""{"input":"Hi","Background":true}""", "Background")]
    [InlineData("""{"input":"Hi","Previous_response_id":"r"}""", "Previous_response_id")]
    public void What_is_wrong_is_named(string body, string param) => AssertRefused(body, "invalid_value", param);

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"https://u"},{"type":"input_image","file_id":"f"}]}]""", 2, true)]
    [InlineData("""[{"role":"user","content":[{"type":"input_file","file_data":"data:..."}]}]""", 0, true)]
    [InlineData("""[{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"data:..."}}]""", 1, false)]
    [InlineData("""[{"type":"function_call_output","call_id":"c","output":"tools file_id reasoning"}]""", 0, false)]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[]}]""", 0, true)]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}]""", 0, false)]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null}]""", 0, true)]
    [InlineData("""[{"Type":"reasoning","id":"rs_1","summary":[],"Encrypted_content":"gAAA"}]""", 0, true)]
    public void What_counts_beyond_its_bytes_is_counted(string input, int images, bool unbounded)
    {
        var head = Read($$"""{"input":{{input}}}""");
        Assert.Equal((images, unbounded), (head.Images, head.UnboundedInput));
    }

    [Fact]
    public void Tools_that_the_upstream_knows_by_name_take_tokens_beyond_their_bytes()
    {
        Assert.Equal(0, Read("""{"input":"Hi","tools":[{"type":"function","name":"f","parameters":{"type":"object"}},{"type":"custom","name":"c"}]}""").AddedInput);
        Assert.Equal(3_000, Read("""{"input":"Hi","tools":[{"type":"local_shell"},{"type":"apply_patch"}]}""").AddedInput);
    }

    private static RequestHead Read(string body)
    {
        var head = ResponsesHeadReader.Read(Encoding.UTF8.GetBytes(body), out var fault);
        Assert.True(head is not null, fault?.Message);
        return head;
    }

    private static void AssertRefused(string body, string code, string param)
    {
        Assert.Null(ResponsesHeadReader.Read(Encoding.UTF8.GetBytes(body), out var fault));
        Assert.Equal((code, param), (fault!.Code, fault.Param));
    }
}
