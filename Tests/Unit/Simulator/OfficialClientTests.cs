using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class OfficialClientTests
{
    [Fact]
    public async Task OpenAIs_own_client_understands_answers_streams_and_vectors()
    {
        await using var simulator = await StartAsync();
        var client = new OpenAIClient(new ApiKeyCredential("sk-any"), new OpenAIClientOptions { Endpoint = simulator.Handle.BaseAddress });
        var chat = client.GetChatClient("gpt-4.1");
        ChatMessage[] messages = [new UserChatMessage("Tell me about the weather")];

        ChatCompletion whole = await chat.CompleteChatAsync(messages, cancellationToken: Cancel);
        var streamed = "";
        ChatTokenUsage? usage = null;
        await foreach (var update in chat.CompleteChatStreamingAsync(messages, cancellationToken: Cancel))
        {
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }

        var vector = await client.GetEmbeddingClient("text-embedding-3-small").GenerateEmbeddingAsync("hi", cancellationToken: Cancel);

        Assert.Equal(whole.Content[0].Text, streamed);
        Assert.Equal(whole.Usage.TotalTokenCount, usage?.TotalTokenCount);
        Assert.Equal(1536, vector.Value.ToFloats().Length);
    }
}
