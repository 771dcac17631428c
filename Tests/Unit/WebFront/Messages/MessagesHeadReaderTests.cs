using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace OrleansGateway.Tests;

public sealed class MessagesHeadReaderTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    [Fact]
    public void It_finds_what_the_gateway_needs()
    {
        var head = Read(
            "{\"model\":\"claude-sonnet-4.5\",\"max_tokens\":9,\"metadata\":{\"user_id\":\"u1\"},\"stream\":true,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5},"
            + "\"service_tier\":\"standard_only\",\"speed\":\"standard\",\"inference_geo\":null," + Messages + "}");
        Assert.Equal(("claude-sonnet-4.5", "u1", 9, 0, false, 0), (head.Model, head.User, head.OutputTokens, head.Images, head.UnboundedInput, head.AddedInput));
        Assert.Equal((UpstreamApi.Messages, true), (head.Upstream.Api, head.Upstream.Stream));
        Assert.Null(Read("{" + Messages + "}").OutputTokens);
    }

    [Theory]
    [InlineData("\"container\":\"c_1\"", "container")]
    [InlineData("\"mcp_servers\":[{\"type\":\"url\",\"url\":\"https://x\"}]", "mcp_servers")]
    [InlineData("\"context_management\":{\"edits\":[]}", "context_management")]
    [InlineData("\"speed\":\"fast\"", "speed")]
    [InlineData("\"inference_geo\":\"us\"", "inference_geo")]
    [InlineData("\"service_tier\":\"priority\"", "service_tier")]
    [InlineData("\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"web_fetch_20250910\",\"name\":\"web_fetch\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"name\":\"f\",\"input_schema\":{}},{\"type\":\"code_execution_20250825\",\"name\":\"code_execution\"}]", "tools[1].type")]
    [InlineData("\"tools\":[{\"type\":\"mcp_toolset\",\"mcp_server_name\":\"x\"}]", "tools[0].type")]
    public void What_no_hold_could_cover_is_refused_by_name(string fields, string param) => AssertRefused("{" + fields + "," + Messages + "}", "unsupported_parameter", param);

    [Theory]
    [InlineData("{}", "messages")]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{"messages":[{"content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"messages":"x"}""", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":0}""", "max_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"metadata":[]}""", "metadata")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"metadata":{"user_id":5}}""", "metadata.user_id")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"metadata":{"user_id":"a","user_id":"b"}}""", "metadata.user_id")]
    public void What_is_wrong_is_named(string body, string param) => AssertRefused(body, "invalid_value", param);

    [Theory]
    [InlineData("""[{"type":"text","text":"x"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}},{"type":"image","source":{"type":"url","url":"https://u"}}]""", 2, false)]
    [InlineData("""[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]}]""", 1, false)]
    [InlineData("""[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"}}]""", 0, true)]
    [InlineData("""[{"type":"document","source":{"type":"url","url":"https://u"}}]""", 0, true)]
    [InlineData("""[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}}]""", 0, false)]
    [InlineData("""[{"type":"tool_use","id":"t","name":"fetch","input":{"url":"https://u"}}]""", 0, false)]
    [InlineData("""[{"type":"tool_use","id":"t","name":"read","input":{"file_id":"f","Container_Id":"c"}}]""", 0, true)]
    public void What_counts_beyond_its_bytes_is_counted(string content, int images, bool unbounded)
    {
        var head = Read($$"""{"messages":[{"role":"user","content":{{content}}}]}""");
        Assert.Equal((images, unbounded), (head.Images, head.UnboundedInput));
    }

    [Theory]
    [InlineData("""[{"type":"image","source":{"type":"file","file_id":"f"}}]""")]
    [InlineData("""[{"type":"text","text":"x"},{"type":"container_upload","file_id":"f"}]""")]
    [InlineData("""[{"type":"tool_use","id":"t","name":"f","input":{}},{"type":"document","source":{"type":"file","File_Id":"f"}}]""")]
    [InlineData("""[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]""")]
    public void What_the_upstream_keeps_is_refused(string content) =>
        AssertRefused($$"""{"messages":[{"role":"user","content":"Hi"},{"role":"user","content":{{content}}}]}""", "unsupported_parameter", "messages[1]");

    [Theory]
    [InlineData("""[]""", 0)]
    [InlineData("""[{"name":"f","input_schema":{}}]""", 800)]
    [InlineData("""[{"type":"custom","name":"f","input_schema":{}},{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"e"},{"type":"computer_20250124","name":"c"},{"type":"memory_20250818","name":"m"}]""", 6_800)]
    public void Tools_take_tokens_beyond_their_bytes(string tools, int added) => Assert.Equal(added, Read("{\"tools\":" + tools + "," + Messages + "}").AddedInput);

    [Theory]
    [InlineData(new string[0], null, true)]
    [InlineData(new[] { "2023-06-01" }, "2023-06-01", true)]
    [InlineData(new[] { "2023-06-01", "2023-06-01" }, null, false)]
    [InlineData(new[] { "" }, null, false)]
    [InlineData(new[] { "2023-06-01, x" }, null, false)]
    [InlineData(new[] { "0123456789012345678901234567890123456789" }, null, false)]
    public void The_version_is_one_word(string[] headers, string? version, bool good)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["anthropic-version"] = new StringValues(headers);
        var head = MessagesHeadReader.Read(request, Encoding.UTF8.GetBytes("{" + Messages + "}"), out var fault);
        Assert.Equal((good, version, good ? null : "anthropic-version"), (head is not null, head?.Upstream.ApiVersion, fault?.Param));
    }

    private static RequestHead Read(string body)
    {
        var head = MessagesHeadReader.Read(Encoding.UTF8.GetBytes(body), null, out var fault);
        Assert.True(head is not null, fault?.Message);
        return head;
    }

    private static void AssertRefused(string body, string code, string param)
    {
        Assert.Null(MessagesHeadReader.Read(Encoding.UTF8.GetBytes(body), null, out var fault));
        Assert.Equal((code, param), (fault!.Code, fault.Param));
    }
}
