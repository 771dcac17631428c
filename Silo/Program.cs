return await OrleansGateway.SiloHost.RunAsync(args);
