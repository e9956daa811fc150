// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {IRewards} from "../../src/IRewards.sol";
import {Rewards} from "../../src/Rewards.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

contract RewardsConstructorTest is RewardsBase {
    function test_ZeroToken() public {
        vm.expectRevert(IRewards.ZeroToken.selector);
        new Rewards(IERC20(address(0)));
    }

    function test_Constructor() public view {
        vm.assertEq(address(rewards.TOKEN()), address(token));
        vm.assertEq(rewards.NOTICE(), 7 days);
        (, string memory name, string memory version, uint256 chain, address verifier,,) = rewards.eip712Domain();
        vm.assertEq(name, "privd Rewards");
        vm.assertEq(version, "1");
        vm.assertEq(chain, block.chainid);
        vm.assertEq(verifier, address(rewards));
    }
}
