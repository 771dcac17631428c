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
    [InlineData("""[{"type":"message","role":"user","content":"Hi","tools":[{"type":"web_search"}]}]""", "input[0].tools")]
    [InlineData("""[{"type":"tool_search_output"}]""", "input[0].type")]
    [InlineData("""[{"type":"compaction_trigger"}]""", "input[0].type")]
    [InlineData("""[{"role":"user","Tools":[]}]""", "input[0].tools")]
    [InlineData("""[{"id":"msg_1"}]""", "input[0].type")]
    [InlineData("""[{"id":"msg_1","type":null}]""", "input[0].type")]
    [InlineData("""[{"role":"user","content":"Hi","type":null}]""", "input[0].type")]
    [InlineData("""[{"id":"msg_1","type":5}]""", "input[0].type")]
    [InlineData("""[{"role":"user","content":"Hi"},{"id":"msg_1","role":"assistant"}]""", "input[1].type")]
    [InlineData("""[{"id":"x","type":"a_type_to_come","content":"x"}]""", "input[0].type")]
    [InlineData("""[{"id":"msg_1","type":"message"}]""", "input[0]")]
    [InlineData("""[{"id":"msg_1","type":"message","role":"assistant","content":null}]""", "input[0]")]
    [InlineData("""[{"id":"msg_1","type":"message","content":"x"}]""", "input[0]")]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[]}]""", "input[0]")]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null}]""", "input[0]")]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":""}]""", "input[0]")]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[{"encrypted_content":"x"}],"content":[]}]""", "input[0]")]
    [InlineData("""[{"type":"compaction","id":"cmp_1"}]""", "input[0]")]
    [InlineData("""[{"type":"image_generation_call","id":"ig_1","status":"completed"}]""", "input[0]")]
    [InlineData("""[{"type":"image_generation_call","id":"ig_1","status":"completed","result":null}]""", "input[0]")]
    [InlineData("""[{"type":"function_call","id":"fc_1","call_id":"c"}]""", "input[0]")]
    [InlineData("""[{"type":"function_call_output","id":"fco_1","call_id":"c"}]""", "input[0]")]
    [InlineData("""[{"type":"apply_patch_call_output","id":"apo_1","call_id":"c","status":"completed"}]""", "input[0]")]
    [InlineData("""[{"type":"computer_call","id":"cu_1","call_id":"c"}]""", "input[0]")]
    [InlineData("""[{"type":"file_search_call","id":"fs_1","status":"completed","queries":["x"]}]""", "input[0].type")]
    [InlineData("""[{"type":"web_search_call","id":"ws_1","status":"completed"}]""", "input[0].type")]
    [InlineData("""[{"type":"code_interpreter_call","id":"ci_1","container_id":"cntr_1","code":null,"outputs":null}]""", "input[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":"input_image","file_id":"file-1"}]}]""", "input[0].content")]
    [InlineData("""[{"role":"user","content":[{"type":"input_file","File_Id":"file-1"}]}]""", "input[0].content")]
    [InlineData("""[{"type":"shell_call","call_id":"c","action":{"commands":["ls"]},"environment":{"type":"container_reference","container_id":"cntr_1"}}]""", "input[0].content")]
    public void Items_that_stand_for_what_is_kept_elsewhere_are_refused(string input, string param) => AssertRefused($$"""{"input":{{input}}}""", "unsupported_parameter", param);

    [Theory]
    [InlineData("""{"role":"user","content":"Hi"}""")]
    [InlineData("""{"id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}""")]
    [InlineData("""{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[],"logprobs":[]}]}""")]
    [InlineData("""{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:...","file_id":null,"detail":"auto"}]}""")]
    [InlineData("""{"id":"fc_1","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}"}""")]
    [InlineData("""{"id":null,"type":"function_call_output","call_id":"c","output":""}""")]
    [InlineData("""{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"x"}]}""")]
    [InlineData("""{"id":"ctc_1","type":"custom_tool_call","call_id":"c","name":"f","input":"x"}""")]
    [InlineData("""{"type":"custom_tool_call_output","call_id":"c","output":"x"}""")]
    [InlineData("""{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA"}""")]
    [InlineData("""{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}""")]
    [InlineData("""{"id":"ig_1","type":"image_generation_call","status":"completed","result":"iVBOR"}""")]
    [InlineData("""{"id":"ls_1","type":"local_shell_call","call_id":"c","status":"completed","action":{"type":"exec","command":["ls"],"env":{"FILE_ID":"x"}}}""")]
    [InlineData("""{"id":"ls_1","type":"local_shell_call_output","output":"x"}""")]
    [InlineData("""{"type":"shell_call","call_id":"c","action":{"commands":["ls"]},"environment":{"type":"local"}}""")]
    [InlineData("""{"type":"shell_call_output","call_id":"c","output":[]}""")]
    [InlineData("""{"id":"ap_1","type":"apply_patch_call","call_id":"c","status":"completed","operation":{"type":"delete_file","path":"p"}}""")]
    [InlineData("""{"type":"apply_patch_call_output","call_id":"c","status":"completed"}""")]
    [InlineData("""{"id":"cu_1","type":"computer_call","call_id":"c","action":{"type":"wait"},"pending_safety_checks":[],"status":"completed"}""")]
    [InlineData("""{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"data:..."}}""")]
    [InlineData("""{"id":"mcp_1","type":"mcp_call","server_label":"s","name":"n","arguments":"{}","output":"x","error":null}""")]
    [InlineData("""{"id":"cmp_1","type":"compaction","encrypted_content":"gAAA"}""")]
    [InlineData("""{"id":"cm_1","type":"program","call_id":"c","code":"x","fingerprint":"f"}""")]
    [InlineData("""{"id":"cmo_1","type":"program_output","call_id":"c","result":"x","status":"completed"}""")]
    public void Items_that_a_caller_gives_back_with_their_content_pass(string item) =>
        Assert.Equal("m", Read($$"""{"model":"m","store":false,"input":[{{item}},{"role":"user","content":"Go on"}]}""").Model);

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
    [InlineData("""{"input":"Hi","instructions":[{"id":"msg_1"}]}""", "instructions")]
    [InlineData("""{"input":[{"Type":"item_reference","id":"x"}]}""", "Type")]
    [InlineData("""{"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA","Encrypted_content":null}]}""", "Encrypted_content")]
    [InlineData("""{"input":[{"type":"message","type":"item_reference","role":"user","content":"Hi"}]}""", "type")]
    [InlineData("""{"input":[{"role":"user","content":"Hi","content":null}]}""", "content")]
    [InlineData("""{"input":"Hi","Previous_response_id":"r"}""", "Previous_response_id")]
    public void What_is_wrong_is_named(string body, string param) => AssertRefused(body, "invalid_value", param);

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"https://u"},{"type":"input_image","image_url":"https://v"}]}]""", 2, false)]
    [InlineData("""[{"role":"user","content":[{"type":"input_file","file_data":"data:..."}]}]""", 0, true)]
    [InlineData("""[{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"data:..."}}]""", 1, false)]
    [InlineData("""[{"type":"function_call_output","call_id":"c","output":"tools file_id reasoning"}]""", 0, false)]
    [InlineData("""[{"type":"reasoning","summary":[]}]""", 0, true)]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}]""", 0, false)]
    [InlineData("""[{"type":"reasoning","id":null,"summary":[],"encrypted_content":null}]""", 0, true)]
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
