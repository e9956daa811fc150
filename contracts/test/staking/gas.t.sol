// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Gas} from "../Gas.sol";
import {StakingBase} from "./StakingBase.sol";

/// @notice What staking costs.
/// forge-config: default.isolate = true
contract StakingGasTest is StakingBase, Gas {
    function test_StakeAndWithdraw() public {
        stake(10e18, SALT);
        note("Staking", "stakeWithAuthorization, the very first");
        stake(10e18, keccak256("more"));
        note("Staking", "stakeWithAuthorization, more");
        unstake(5e18);
        note("Staking", "requestUnstake");
        vm.warp(block.timestamp + 7 days);
        staking.withdraw(alice);
        note("Staking", "withdraw");
    }
}
